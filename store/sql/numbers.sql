-- name: keep_report
-- The first words of a report are kept; the same report again comes back as nothing.
INSERT INTO reports (report_id, body, received_at, source_file)
VALUES ($1, $2, $3, $4)
ON CONFLICT (report_id) DO NOTHING
RETURNING report_id;

-- name: bound_report
-- The number a report was bound to, its first words, and when they came.
SELECT issue_numbers.issue_id, reports.body, reports.received_at
FROM reports JOIN issue_numbers USING (report_id)
WHERE report_id = $1;

-- name: next_number
-- The counter's row is locked until the number is kept or given back, so there are no gaps and no doubles.
INSERT INTO number_counters (county, year, last) VALUES ($1, $2, 1)
ON CONFLICT (county, year) DO UPDATE SET last = number_counters.last + 1
RETURNING last;

-- name: bind_number
-- From now on the report is this issue.
INSERT INTO issue_numbers (report_id, county, year, running, issue_id, bound_at)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: issue_of_report
-- Which issue a report became.
SELECT issue_id FROM issue_numbers WHERE report_id = $1;

-- name: bound_issues
-- Every issue number ever bound to a report: what must be found in journal and workflows.
SELECT issue_id FROM issue_numbers ORDER BY issue_id;
