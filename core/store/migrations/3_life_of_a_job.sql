-- Up Migration

-- A job that is cancelled while it waits in the log: its type, and where it lies, are not known until its record is read.
alter table outcomes alter column type drop not null;
alter table outcomes alter column "offset" drop not null;
alter table outcomes alter column worker drop not null;
-- The tick that the job was: {"name", "at"}.
alter table outcomes add column schedule json;

-- The record of attempts that were made elsewhere.
alter table delivery_attempts add column history json not null default '[]';

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
create index schedule_ticks_job on schedule_ticks (job_id);

-- One row a limited type ('type:<name>') or prefix of keys ('key:<prefix>'). One without a limit lets go what it held.
create table limits (
  subject text primary key,
  paused boolean not null default false,
  -- Jobs that run at once in the whole fleet.
  concurrency integer check (concurrency >= 1),
  -- Jobs started a second in the whole fleet.
  rate double precision check (rate between 0.000001 and 1000000),
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

-- Jobs that may start now. Job `jobs[n]` is under the limits that `subjects` names where `asks` is n. It gets a permit of each,
-- or none at all; in the order of the jobs, and of one subject after what others were given.
create function take_permits(asker text, jobs uuid[], asks integer[], subjects text[], lease interval) returns setof uuid
language plpgsql as $$
declare
  at timestamptz;
  granted uuid[];
  ask record;
  i integer;
  fits boolean;
  -- The limits, one an index: whether nothing starts, how many more may run (null: any number), when the next start is due, seconds
  -- between two starts, and how much too early one may be.
  names text[];
  stops boolean[];
  rooms bigint[];
  nexts timestamptz[];
  gaps interval[];
  slacks interval[];
begin
  -- First without locks: where nothing may start, which is asked again and again, nothing is written and nobody waits.
  for locked in 0..1 loop
    at := clock_timestamp();
    granted := '{}';
    if locked = 1 then
      perform from limits where subject = any(subjects) order by subject for no key update;
      at := clock_timestamp();
      -- One that is being renewed is waited for, and stays.
      delete from permits where (subject, job_id) in (
        select subject, job_id from permits where subject = any(subjects) and expires_at <= at
         order by subject, job_id for update);
    end if;
    select array_agg(subject), array_agg(paused), array_agg(concurrency - held), array_agg(next_start),
           array_agg(gap), array_agg(greatest(interval '0.25 s' - gap, '0 s'))
      into names, stops, rooms, nexts, gaps, slacks
      from limits
     cross join lateral (
       select interval '1 s' / rate as gap,
              (select count(*) from permits where permits.subject = limits.subject and expires_at > at) as held) as _
     where subject = any(subjects);
    for ask in
      select jobs[n] as job,
             coalesce(bool_or(stops[nth] or permits.owner <> asker), false) as refused,
             -- Without those that it has a permit of: it asks again since it got no answer.
             coalesce(array_agg(nth) filter (where nth is not null and permits.owner is null), '{}') as under
        from generate_subscripts(jobs, 1) as n
        left join unnest(asks, subjects) as given (n, subject) using (n)
        left join unnest(names) with ordinality as named (subject, nth) using (subject)
        left join permits on permits.subject = named.subject and permits.job_id = jobs[n] and permits.expires_at > at
       group by n order by n
    loop
      fits := not ask.refused;
      foreach i in array ask.under loop
        fits := fits and coalesce(rooms[i] > 0, true) and (gaps[i] is null or nexts[i] <= at + slacks[i]);
      end loop;
      continue when not fits;
      granted := granted || ask.job;
      foreach i in array ask.under loop
        rooms[i] := rooms[i] - 1;
        nexts[i] := greatest(nexts[i], at) + gaps[i];
      end loop;
    end loop;
    exit when granted = '{}';
  end loop;
  if granted <> '{}' then
    insert into permits (subject, job_id, owner, expires_at)
    select distinct subject, jobs[n], asker, at + lease
      from unnest(asks, subjects) as given (n, subject) join limits using (subject)
     where jobs[n] = any(granted) and concurrency is not null
     order by subject, jobs[n]
    on conflict (subject, job_id) do update set expires_at = excluded.expires_at;
    update limits set next_start = given.next
      from unnest(names, nexts) as given (subject, next)
     where limits.subject = given.subject and rate is not null and next_start <> given.next;
  end if;
  return query select unnest(granted);
end $$;

-- Down Migration

alter table delivery_attempts drop column history;
drop function take_permits;
drop table permits;
drop table limits;
drop table schedule_ticks;
drop table schedules;
drop table dead_letters;
drop table parked;
alter table outcomes drop column schedule;
delete from outcomes where type is null or "offset" is null or worker is null;
alter table outcomes alter column worker set not null;
alter table outcomes alter column "offset" set not null;
alter table outcomes alter column type set not null;
