-- Up Migration

-- One row a data set: series that were uploaded together, for jobs to refer to.
create table data_sets (
  id uuid primary key,
  name text not null,
  -- False while it is being uploaded: nobody sees it then.
  complete boolean not null default false,
  series integer not null default 0,
  points bigint not null default 0,
  created_at timestamptz not null default now(),
  -- When it goes. Of one that is being uploaded: when that is given up.
  expires_at timestamptz not null
);

create index data_sets_expires on data_sets (expires_at);
-- Newest first.
create index data_sets_created on data_sets (created_at desc, id desc) where complete;

-- One row a series, in the order in which they came.
create table data_set_series (
  data_set uuid not null references data_sets on delete cascade,
  number integer not null,
  name text not null,
  points integer not null,
  -- Milliseconds since the epoch; null where it has no timestamps.
  first_ms double precision,
  last_ms double precision,
  primary key (data_set, number),
  unique (data_set, name)
);

-- Points of a series, a piece of them a row, in order: doubles, little endian.
create table data_set_pieces (
  data_set uuid not null references data_sets on delete cascade,
  series integer not null,
  piece integer not null,
  points integer not null,
  -- NaN where one is missing.
  "values" bytea not null,
  -- Milliseconds since the epoch; null where the series has no timestamps.
  times bytea,
  primary key (data_set, series, piece)
);

-- Doubles hardly compress, and to try takes longer than to write them.
alter table data_set_pieces alter column "values" set storage external;
alter table data_set_pieces alter column times set storage external;

-- Down Migration

drop table data_set_pieces;
drop table data_set_series;
drop table data_sets;
