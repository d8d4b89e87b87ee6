-- What is stuck is looked for often: rulings and reviews that were asked for, and documents nobody signed for.
CREATE INDEX issue_facts_asked ON issue_facts (issue_id) WHERE kind IN ('RulingRaised', 'SuspensionReviewDue');
CREATE INDEX inbox_unsigned ON inbox (received_at) WHERE read_at IS NULL AND effect IN ('order', 'bulletin');
