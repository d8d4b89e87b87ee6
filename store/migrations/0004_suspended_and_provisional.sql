-- Two things people look for: clocks that stand still on a legal ground, and limits not yet certain.
ALTER TABLE issues ADD COLUMN is_suspended boolean NOT NULL DEFAULT false;
ALTER TABLE issues ADD COLUMN is_provisional boolean NOT NULL DEFAULT false;
