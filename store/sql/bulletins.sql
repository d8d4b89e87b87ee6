-- name: lock
-- What is recorded of one bulletin is recorded one after the other, also before its first row exists.
SELECT pg_advisory_xact_lock(hashtextextended($1, 15));

-- name: cut_of
-- The cut of a bulletin, if it was made.
SELECT cut_at, body FROM bulletin_cuts WHERE bulletin_id = $1;

-- name: keep_cut
-- A cut is made once.
INSERT INTO bulletin_cuts (bulletin_id, cut_at, body) VALUES ($1, $2, $3);

-- name: issues_to_cut
-- The issues of a division that were open, or of which anything happened, since a period began; or one issue.
-- Of each the end of its journal as it is now, with its hash.
SELECT issues.issue_id, last.number, last.hash
FROM issues
CROSS JOIN LATERAL (
    SELECT number, hash, at FROM issue_facts
    WHERE issue_facts.issue_id = issues.issue_id
    ORDER BY number DESC
    LIMIT 1
) AS last
WHERE ($1::text IS NULL OR issues.issue_id = $1)
    AND issues.division LIKE $2
    AND issues.opened_at < $4
    AND (issues.next_mark_at IS NOT NULL OR last.at >= $3)
ORDER BY issues.issue_id;

-- name: keep_cut_issues
-- Which issues are in a cut, each with the last fact that the cut knows.
INSERT INTO bulletin_cut_issues (bulletin_id, issue_id, number, hash)
SELECT $1, * FROM unnest($2::text[], $3::int[], $4::text[]);

-- name: cut_issues
-- The issues of a cut, in order, some at a time.
SELECT issue_id, number, hash FROM bulletin_cut_issues
WHERE bulletin_id = $1 AND issue_id > $2
ORDER BY issue_id
LIMIT $3;

-- name: cut_facts
-- The journals of some issues of a cut, as far as the cut knows them.
SELECT facts.issue_id, facts.number, facts.body, facts.hash
FROM bulletin_cut_issues AS cut
JOIN issue_facts AS facts ON facts.issue_id = cut.issue_id AND facts.number <= cut.number
WHERE cut.bulletin_id = $1 AND cut.issue_id = ANY ($2::text[])
ORDER BY facts.issue_id, facts.number;

-- name: facts_up_to
-- The journals of some issues, in order.
SELECT issue_id, number, body FROM issue_facts WHERE issue_id = ANY ($1::text[]) ORDER BY issue_id, number;

-- name: keep_figure
-- A figure with the issues that make it.
INSERT INTO bulletin_figures (bulletin_id, figure, place, count, of, issues, among)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: figures_of
-- The figures of a bulletin, in the order in which they were made; or one of them.
SELECT figure, count, of, issues, among FROM bulletin_figures
WHERE bulletin_id = $1 AND ($2::text IS NULL OR figure = $2)
ORDER BY place;

-- name: free_drafts
-- The bulletin drafts of issues that no bulletin has entered: one fact's, or an issuer's of general issues.
SELECT documents.issue_id, documents.number
FROM documents JOIN issues USING (issue_id)
WHERE documents.kind = 'bulletin' AND documents.state = 'draft' AND documents.issuer = $1
    AND ($2::text IS NULL AND issues.severity = 'GENERAL' AND documents.drafted_at < $4
        OR documents.issue_id = $2 AND documents.number = $3)
    AND NOT EXISTS (
        SELECT FROM bulletin_entries AS entries
        WHERE entries.issue_id = documents.issue_id AND entries.number = documents.number
            AND entries.left_at IS NULL
    )
ORDER BY documents.issue_id, documents.number;

-- name: enter
-- A fact is entered in one bulletin at a time; whoever comes second enters nothing.
INSERT INTO bulletin_entries (issue_id, number, bulletin_id)
SELECT *, $3 FROM unnest($1::text[], $2::int[])
ON CONFLICT DO NOTHING
RETURNING issue_id, number;

-- name: leave
-- What is not named any more may be entered in another bulletin.
UPDATE bulletin_entries SET left_at = now()
WHERE bulletin_id = $1 AND left_at IS NULL AND ($2::text IS NULL OR issue_id = $2);

-- name: hashes_from
-- What the journal of a bulletin holds from a number on.
SELECT number, hash FROM bulletin_facts WHERE bulletin_id = $1 AND number >= $2 ORDER BY number;

-- name: append
-- A fact is recorded once, however often it is brought; the numbers that were new come back.
INSERT INTO bulletin_facts (bulletin_id, number, kind, at, said_at, body, hash)
SELECT $1, * FROM unnest($2::int[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::json[], $7::text[])
ON CONFLICT (bulletin_id, number) DO NOTHING
RETURNING number;

-- name: facts_of
-- The life of one bulletin, in order.
SELECT number, kind, at, said_at, body, hash FROM bulletin_facts WHERE bulletin_id = $1 ORDER BY number;

-- name: tell
-- Who is concerned is told in his inbox, once for each fact.
INSERT INTO inbox (addressee, holder, issue_id, number, effect, text)
SELECT new.addressee, coalesce(posts.holder, posts.deputy), $1, new.number, new.effect, new.text
FROM unnest($2::int[], $3::text[], $4::text[], $5::text[]) AS new (number, effect, addressee, text)
LEFT JOIN posts ON posts.post = new.addressee
ON CONFLICT DO NOTHING;

-- name: put_head
-- The read model only moves forward.
INSERT INTO bulletins (
    bulletin_id, number, tail, kind, state, title, issuer, division, period_first, period_last, waits_for,
    next_mark_at, document_number, drafted_at, issued_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (bulletin_id) DO UPDATE SET
    number = excluded.number, tail = excluded.tail, state = excluded.state, waits_for = excluded.waits_for,
    next_mark_at = excluded.next_mark_at, document_number = excluded.document_number,
    issued_at = excluded.issued_at, updated_at = now()
WHERE bulletins.number < excluded.number;

-- name: heads
-- How bulletins stand, the newest first: those of a division and below it, or of everywhere.
SELECT bulletin_id, kind, state, title, issuer, division, period_first, period_last, waits_for, next_mark_at,
    document_number, drafted_at, issued_at
FROM bulletins
WHERE division LIKE $1 AND ($2::text IS NULL OR state = $2)
ORDER BY drafted_at DESC, bulletin_id
LIMIT $3;

-- name: by_document_number
-- Which bulletin has a document number.
SELECT bulletin_id FROM bulletin_numbers WHERE document_number = $1;

-- name: number_of
-- The document number of a bulletin, if one was drawn.
SELECT document_number FROM bulletin_numbers WHERE bulletin_id = $1;

-- name: name_of_issuer
-- How an issuer is called.
SELECT name_zh FROM posts WHERE post = $1;

-- name: keep_number
-- A bulletin has one number.
INSERT INTO bulletin_numbers (bulletin_id, issuer, year, sequence, document_number) VALUES ($1, $2, $3, $4, $5);

-- name: entered
-- The drafts that a bulletin was issued with are not drafts any more; which they are comes back.
UPDATE documents SET state = 'entered'
FROM bulletin_entries AS entries
WHERE entries.bulletin_id = $1 AND entries.left_at IS NULL AND documents.state = 'draft'
    AND (documents.issue_id, documents.number) = (entries.issue_id, entries.number)
RETURNING documents.issue_id, documents.number;

-- name: report_words
-- In which words the issues of a cut were reported; they are compared with and shown to nobody.
SELECT numbers.issue_id, reports.body ->> 'text' AS words
FROM bulletin_cut_issues AS cut
JOIN issue_numbers AS numbers USING (issue_id)
JOIN reports USING (report_id)
WHERE cut.bulletin_id = $1
UNION
SELECT leads.issue_id, leads.told ->> 'text'
FROM bulletin_cut_issues AS cut JOIN leads USING (issue_id)
WHERE cut.bulletin_id = $1;

-- name: taken_back
-- Lapses behind a bulletin that were withdrawn since, and of which it has not heard.
SELECT entries.bulletin_id, entries.issue_id, array_agg(DISTINCT entries.number) AS numbers
FROM bulletin_entries AS entries
JOIN issue_facts AS facts ON facts.issue_id = entries.issue_id AND facts.kind = 'LapseWithdrawn'
WHERE entries.left_at IS NULL
    AND entries.number IN (SELECT value::int FROM json_array_elements_text(facts.body -> 'facts'))
GROUP BY entries.bulletin_id, entries.issue_id
HAVING NOT bool_and(entries.is_told)
ORDER BY entries.bulletin_id, entries.issue_id;

-- name: facts_taken_back
-- Which facts of an issue were taken back.
SELECT value::int AS number
FROM issue_facts, json_array_elements_text(issue_facts.body -> 'facts')
WHERE issue_id = $1 AND kind = 'LapseWithdrawn';

-- name: was_told
-- A bulletin has heard it.
UPDATE bulletin_entries SET is_told = true
WHERE bulletin_id = $1 AND issue_id = $2 AND number = ANY ($3::int[]);

-- name: to_open
-- Bulletin drafts of serious and major issues, for each of which a bulletin is to be opened, the oldest first.
-- While one of an issue has not gone out, no other is opened of it, nor while its clocks stand still: nobody
-- could be named, and what was opened once would not be opened again.
SELECT documents.issue_id, documents.number, documents.issuer, issues.severity, documents.drafted_at,
    issues.opened_at
FROM documents JOIN issues USING (issue_id)
WHERE documents.kind = 'bulletin' AND documents.state = 'draft' AND issues.severity IN ('SERIOUS', 'MAJOR')
    AND NOT issues.is_suspended AND issues.division <> '999999000000'
    AND NOT EXISTS (
        SELECT FROM bulletin_cuts
        WHERE bulletin_id LIKE '%-adhoc-' || replace(documents.issue_id, '-', '.') || '.' || documents.number
    )
    AND NOT EXISTS (
        SELECT FROM bulletin_entries AS entries
        LEFT JOIN bulletin_numbers AS numbers USING (bulletin_id)
        WHERE entries.issue_id = documents.issue_id AND (
            entries.number = documents.number OR entries.left_at IS NULL AND numbers.bulletin_id IS NULL
        )
    )
ORDER BY documents.drafted_at, documents.issue_id, documents.number
LIMIT $1;

-- name: divisions
-- Which divisions have any issue, as the first digits that issuers are told by; the canary's is none.
SELECT DISTINCT rpad(left(division, $1), 12, '0') AS division FROM issues
WHERE division <> '999999000000'
ORDER BY 1;

-- name: known
-- Which of some bulletins have a cut already.
SELECT bulletin_id FROM bulletin_cuts WHERE bulletin_id = ANY ($1::text[]);

-- name: ids
-- Every bulletin of which anything is known.
SELECT bulletin_id FROM bulletin_facts WHERE number = 1
UNION SELECT bulletin_id FROM bulletins
UNION SELECT bulletin_id FROM bulletin_cuts
ORDER BY bulletin_id;
