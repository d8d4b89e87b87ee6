-- Anybody may list what came by the public channel, by time: without this, each look would read all leads.
CREATE INDEX leads_shared ON leads (received_at, receipt) WHERE sender LIKE 'open311:%';
