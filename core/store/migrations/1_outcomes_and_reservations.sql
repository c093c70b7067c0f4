-- Up Migration

-- One row a job that has ended. Ids begin with the submit time, so the primary key sorts by it and is the list's cursor.
create table outcomes (
  id uuid primary key,
  type text not null,
  key text,
  status text not null check (status in ('succeeded', 'dead', 'cancelled')),
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  attempts json not null,
  submitted_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz not null,
  worker text not null,
  -- json, not jsonb: it is stored as it came, NUL escapes and all, and nothing here asks what is inside.
  result json,
  error json
);

-- Partial indexes: the ordinary job (keyless, succeeded) pays for the primary key alone.
create index outcomes_key on outcomes (key, id desc) where key is not null;
create index outcomes_status on outcomes (status, id desc) where status <> 'succeeded';

-- One row an Idempotency-Key: which job it stands for, made before the job is published.
create table reservations (
  tenant text not null,
  key text not null,
  body_hash bytea not null,
  job_id uuid not null,
  published boolean not null default false,
  created_at timestamptz not null default now(),
  primary key (tenant, key)
);

create index reservations_created on reservations (created_at);

-- Down Migration

drop table reservations;
drop table outcomes;
