-- name: bind_report
-- A report is kept and draws the next number in one statement; one that is known already comes back as nothing.
-- The counter's row is locked until the number is kept or given back, so there are no gaps and no doubles.
WITH kept AS (
    INSERT INTO reports (report_id, body, received_at, source_file)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (report_id) DO NOTHING
    RETURNING report_id, received_at
),
drawn AS (
    INSERT INTO number_counters (county, year, last)
    SELECT $5, $6, 1 FROM kept
    ON CONFLICT (county, year) DO UPDATE SET last = number_counters.last + 1
    RETURNING county, year, last
)
INSERT INTO issue_numbers (report_id, county, year, running, issue_id, bound_at)
SELECT report_id, county, year, last, county || '-' || year || '-' || lpad(last::text, 6, '0'), received_at
FROM kept, drawn
RETURNING issue_id;

-- name: bound_report
-- The number a report was bound to, its first words, and when they came.
SELECT issue_numbers.issue_id, reports.body, reports.received_at
FROM reports JOIN issue_numbers USING (report_id)
WHERE report_id = $1;

-- name: issue_of_report
-- Which issue a report became.
SELECT issue_id FROM issue_numbers WHERE report_id = $1;

-- name: bound_issues
-- Every issue number ever bound to a report: what must be found in journal and workflows; the canary's are none.
SELECT issue_id FROM issue_numbers WHERE county <> '999999' ORDER BY issue_id;

-- name: bound_reports
-- Which of these reports have a number already, and with which words; thousands are asked for at once.
SELECT report_id, issue_numbers.issue_id, reports.body, reports.received_at
FROM reports JOIN issue_numbers USING (report_id)
WHERE report_id = ANY($1::text[]);

-- name: stock_reports_saying
-- Other stock reports that have one of these texts, told by their digests; they are looked for once a ledger.
SELECT report_id, issue_numbers.issue_id, reports.body
FROM reports JOIN issue_numbers USING (report_id)
WHERE reports.body ->> 'origin' = 'STOCK'
AND md5(reports.body ->> 'text') = ANY($1::text[]) AND report_id <> ALL($2::text[]);
