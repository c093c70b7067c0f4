-- Up Migration

-- One row every 5 s: what was waiting, how fast it came and went, and who worked on it. Whichever master is first writes it.
create table fleet_samples (
  -- A multiple of 5 s.
  at timestamptz primary key,
  -- Jobs that wait to run, or run, those of `parked_due` included.
  lag bigint not null,
  parked_due bigint not null,
  -- Jobs/s.
  arrival_rate double precision not null,
  drain_rate double precision not null,
  -- Workers that the scaler wants, and that take jobs.
  desired integer not null,
  ready integer not null
);

-- One row a decision of the scaler, as its event told it. Whichever master is first writes it.
create table fleet_decisions (
  at timestamptz not null,
  from_workers integer not null,
  to_workers integer not null,
  shadow boolean not null,
  policy text,
  reason text not null,
  primary key (at, from_workers, to_workers, shadow)
);

-- Down Migration

drop table fleet_decisions;
drop table fleet_samples;
