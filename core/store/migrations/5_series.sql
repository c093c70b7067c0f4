-- Up Migration

-- One row a standing series: what it is watched with, and how far its detector is.
create table series (
  name text primary key,
  -- Null: the default one.
  detector text,
  threshold double precision,
  webhook_url text,
  webhook_secret text,
  -- Why nothing is delivered to it any more.
  webhook_disabled text,
  -- Grows with each append and each change of the settings: what was reckoned from an older one is not written.
  version bigint not null default 1,
  -- Points so far.
  rows bigint not null default 0,
  -- Whether its points have timestamps. Null: there is none yet.
  timed boolean,
  -- Of the last point, milliseconds since the epoch.
  last_ms double precision,
  -- The detector's state after the first `state_row` points; the points since are its log. Null: to be made from the points that are kept.
  state bytea,
  state_row bigint not null default 0,
  -- Alarms raised so far.
  alarms bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- When the last points came.
  appended_at timestamptz
) with (fillfactor = 70);

-- One row an append: its points, judged. The last ones are kept.
create table series_points (
  series text not null references series on delete cascade,
  first_row bigint not null,
  -- The job that appended them: a job that is here is not applied again.
  job_id uuid not null,
  -- Milliseconds since the epoch. Null: the series has no timestamps.
  times double precision[],
  -- NaN: missing; of expected, lower and upper: the detector can't say.
  "values" double precision[] not null,
  scores double precision[] not null,
  expected double precision[] not null,
  lower double precision[] not null,
  upper double precision[] not null,
  -- What the job gave, but for the scores.
  result json not null,
  primary key (series, first_row)
);

create unique index series_points_job on series_points (job_id);

-- One row an alarm. Within a series they become visible in the order of their points, since each append holds the series' row.
create table series_alarms (
  series text not null references series on delete cascade,
  at_row bigint not null,
  id uuid not null,
  -- As it is shown and delivered; it never changes.
  alarm json not null,
  raised_at timestamptz not null,
  primary key (series, at_row)
);

create unique index series_alarms_id on series_alarms (id);
create index series_alarms_raised on series_alarms (raised_at);

-- Down Migration

drop table series_alarms;
drop table series_points;
drop table series;
