-- Up Migration

-- A job that is cancelled while it waits in the log: its type, and where it lies, are not known until its record is read.
alter table outcomes alter column type drop not null;
alter table outcomes alter column "offset" drop not null;
alter table outcomes alter column worker drop not null;

-- One row a job that waits here instead of in the log, until it has its outcome. The owner of its partition runs it.
create table parked (
  id uuid primary key,
  topic text not null,
  partition integer not null,
  -- Of its record. Null: it never was in the log (a tick of a schedule).
  "offset" bigint,
  key text,
  type text not null,
  -- The record's value.
  value bytea not null,
  traceparent text,
  reason text not null check (reason in ('retry', 'delay', 'schedule', 'replay', 'order', 'limit')),
  -- Place in its key's order; later records of the key follow it here. Null: it keeps nobody waiting.
  sequence bigint,
  -- When it may run; 'infinity' while it is behind another of its key, or held by a limit: then it is not due.
  due timestamptz not null,
  -- The limit without room for it: limits.subject.
  held_by text,
  -- Attempts made; those before its last replay don't count towards its maximum.
  attempt integer not null,
  attempts_before integer not null,
  attempts json not null,
  submitted_at timestamptz not null,
  parked_at timestamptz not null default now(),
  -- Nobody would ever ask for it.
  check (sequence is null or key is not null)
);

-- Of those that keep nobody waiting: what is due next in a partition.
create index parked_next on parked (topic, partition, due) where sequence is null and held_by is null;
-- Keys in order.
create index parked_order on parked (topic, partition, key, sequence) where sequence is not null;
-- Held by a limit: those without a key's order, the oldest first.
create index parked_held on parked (held_by, topic, partition, sequence, id) where held_by is not null;
-- All that is due: lag that the log doesn't show.
create index parked_due on parked (topic, due) where due < 'infinity';

-- One row a dead job or a record that is none, kept with what is needed to put it back.
create table dead_letters (
  -- The job's id; of a record that is no job a random one.
  id uuid primary key,
  -- False: it is no job, and can't be put back.
  replayable boolean not null,
  topic text not null,
  partition integer not null,
  "offset" bigint,
  type text,
  key text,
  value bytea,
  traceparent text,
  code text not null,
  message text not null,
  attempts json not null,
  submitted_at timestamptz,
  died_at timestamptz not null
);

-- A record that is no job has no id to be known by: its place keeps its letter from being written twice.
create unique index dead_letters_place on dead_letters (topic, partition, "offset") where not replayable;
create index dead_letters_died on dead_letters (died_at, id);
create index dead_letters_type on dead_letters (type, id desc);
create index dead_letters_code on dead_letters (code, id desc);
create index dead_letters_key on dead_letters (key, id desc) where key is not null;

-- One row a schedule.
create table schedules (
  name text primary key,
  -- Either of them.
  cron text,
  interval_ms bigint,
  timezone text not null,
  -- No tick is before it; intervals are counted from it.
  starts_at timestamptz not null,
  -- What is submitted at each tick.
  job json not null,
  missed text not null check (missed in ('skip', 'once', 'all')),
  overlap text not null check (overlap in ('allow', 'skip', 'queue')),
  paused boolean not null default false,
  -- The first tick that was not taken care of. Null: none follows.
  next_at timestamptz,
  -- The job of its last tick that ran: whether it has ended decides about the next where runs must not overlap.
  last_job_id uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create index schedules_next on schedules (next_at) where not paused and next_at is not null;

-- One row a tick: what makes it one run, however many masters there are.
create table schedule_ticks (
  schedule text not null references schedules on delete cascade on update cascade,
  at timestamptz not null,
  -- Null: it was left out.
  job_id uuid,
  skipped text,
  primary key (schedule, at)
);

create index schedule_ticks_at on schedule_ticks (at);

-- One row a limited type ('type:<name>') or prefix of keys ('key:<prefix>'). One without a limit lets go what it held.
create table limits (
  subject text primary key,
  paused boolean not null default false,
  -- Jobs that run at once in the whole fleet.
  concurrency integer,
  -- Jobs started a second in the whole fleet.
  rate double precision,
  -- Generic cell rate algorithm: when the next start is due, were they even.
  next_start timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- One row a job that runs under a limit of concurrency.
create table permits (
  subject text not null references limits on delete cascade,
  job_id uuid not null,
  owner text not null,
  expires_at timestamptz not null,
  primary key (subject, job_id)
);

create index permits_owner on permits (owner);

-- Down Migration

drop table permits;
drop table limits;
drop table schedule_ticks;
drop table schedules;
drop table dead_letters;
drop table parked;
delete from outcomes where type is null or "offset" is null or worker is null;
alter table outcomes alter column worker set not null;
alter table outcomes alter column "offset" set not null;
alter table outcomes alter column type set not null;
