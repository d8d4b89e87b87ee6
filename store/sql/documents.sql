-- name: drafts
-- Orders and bulletins that wait for a signature, the oldest first; nobody signs the canary's.
SELECT documents.issue_id, documents.number, kind, issuer, addressees, text, drafted_at,
    coalesce(issues.severity, '') AS severity
FROM documents LEFT JOIN issues USING (issue_id)
WHERE documents.state = 'draft' AND NOT starts_with(documents.issue_id, '999999-')
ORDER BY drafted_at, documents.issue_id, documents.number;

-- name: documents_of
-- All documents of an issue, drafts, signed and withdrawn, in the order of their facts.
SELECT number, kind, issuer, addressees, drafted_at, state, signed_by, signed_at, document_number
FROM documents
WHERE issue_id = $1
ORDER BY number;

-- name: names_of_posts
-- What the roster calls some posts.
SELECT post, name_zh FROM posts WHERE post = ANY($1::text[]);

-- name: lock_document
-- One document, held until it is signed or refused.
SELECT documents.kind, documents.issuer, documents.state, issues.reach,
    posts.name_zh AS issuer_name
FROM documents
JOIN issues USING (issue_id)
LEFT JOIN posts ON posts.post = documents.issuer
WHERE documents.issue_id = $1 AND documents.number = $2
FOR UPDATE OF documents;

-- name: next_sequence
-- The counter's row is locked until the signature is kept or given back, so there are no gaps and no doubles.
INSERT INTO document_counters (issuer, kind, year, last) VALUES ($1, $2, $3, 1)
ON CONFLICT (issuer, kind, year) DO UPDATE SET last = document_counters.last + 1
RETURNING last;

-- name: sign
-- The draft becomes a document with its number.
UPDATE documents
SET state = 'signed', signed_by = $3, signed_at = $4, document_number = $5, year = $6, sequence = $7
WHERE issue_id = $1 AND number = $2 AND state = 'draft'
RETURNING addressees, text;

-- name: send_document
-- What waited for the signature goes out, under the document's number.
UPDATE effects SET state = 'queued', text = $4 || ' ' || text, next_try_at = now()
WHERE issue_id = $1 AND number = $2 AND effect = $3 AND state = 'unsigned';
