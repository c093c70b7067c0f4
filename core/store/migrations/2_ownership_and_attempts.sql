-- Up Migration

-- One row a partition: who may record its jobs' results. Few rows, updated often.
create table ownership (
  topic text not null,
  partition integer not null,
  -- Grows with each change of owner: what is written under an older one is refused.
  token bigint not null,
  -- Null: released.
  owner text,
  -- Whether the owner before was taken over without having released it.
  unclean boolean not null,
  expires_at timestamptz not null,
  primary key (topic, partition)
) with (fillfactor = 50);

-- Attempts made of a job that has no outcome yet, where its worker left before the end or may end without a word.
create table delivery_attempts (
  id uuid primary key,
  attempts integer not null,
  -- The last of them has begun and was not seen to end.
  running boolean not null,
  -- And nothing else ran beside it.
  alone boolean not null,
  noted_at timestamptz not null default now()
);

create index delivery_attempts_noted on delivery_attempts (noted_at);

-- Down Migration

drop table delivery_attempts;
drop table ownership;
