-- migrate:up
-- The order of the updates of one contact: taken while the contact is locked, so that it is the order of the writes.
CREATE SEQUENCE mapper.update_order;

-- NULL in rows of a version that did not count: whether they are published is not known.
ALTER TABLE mapper.applied_executions ADD COLUMN sequence bigint;

-- What is applied and not yet acknowledged by Kafka. `key` is that of the message: the contact, else the execution.
CREATE TABLE mapper.unpublished_updates (
    key uuid NOT NULL,
    sequence bigint NOT NULL,
    execution_id uuid NOT NULL,
    PRIMARY KEY (key, sequence)
);

-- migrate:down
DROP TABLE mapper.unpublished_updates;
ALTER TABLE mapper.applied_executions DROP COLUMN sequence;
DROP SEQUENCE mapper.update_order;
