-- Rows of three users. The ids are the ones servers/oidc.mjs derives from the login names.
\set ada   '''e4ea294c-062c-5256-a3df-036a35ca579b'''
\set linus '''40840f60-975d-5401-ae49-0a8c0f97c308'''
\set grace '''fd1cf5e2-71fd-5c5f-aaef-b1c95aaf7996'''

insert into auth.users (id, email) values (:ada, 'ada@example.com'), (:linus, 'linus@example.com'), (:grace, 'grace@example.com');

insert into public.notes (user_id, title, body, created_at) values
  (:ada, 'Difference engine', 'Order brass', '2026-01-01 10:00+00'),
  (:ada, 'Letter to Babbage', 'Ask for the drawings', '2026-01-02 10:00+00'),
  (:ada, 'Bernoulli numbers', 'Check table G', '2026-01-03 10:00+00'),
  (:linus, 'Kernel', 'Just a hobby', '2026-01-01 10:00+00'),
  (:linus, 'Letter to Andrew', 'Not obsolete', '2026-01-02 10:00+00');

insert into public.payments (user_id, amount) values (:ada, 10.50), (:ada, 99.95), (:linus, 1);
insert into public.announcements values (1, :linus, 'Release on Friday'), (2, :ada, 'Tea at four');
insert into public.tasks (user_id, title, state, states, due) values
  (:ada, 'weave', 'open', '{open}', '2026-03-01'), (:ada, 'compute', 'in progress', '{open,"in progress"}', null),
  (:ada, 'publish', 'done', '{open,"in progress",done}', '2026-02-01'), (:linus, 'merge', 'open', '{}', null);
insert into public.memberships (team_id, user_id, role) values (1, :ada, 'owner'), (2, :ada, 'member'), (1, :linus, 'member');

insert into public.samples values (
  '11111111-1111-4111-8111-111111111111', true, 7, 42, 9007199254740993, 12345678901234567890.123456789, 1.5, 0.1, 'say "hi", \ (ok)',
  '2026-02-03', '12:34:56', '2026-02-03 12:34:56', '2026-02-03 12:34:56.789+02', '1 day 02:03:04', '{"b": 1, "a": [2]}',
  '{"plan": "pro", "nested": {"quote\"d": ["x", null, 1]}}', '\x00ff10', '{"a,b","c\"d","e\\f","{g}",NULL}', '{1,2,3}', '{1.10,2}');
insert into public.samples (id) values ('22222222-2222-4222-8222-222222222222');

insert into public.events (id, user_id, rank, label, at)
select n, :ada,
  case when n % 7 = 0 then null else n % 50 end,
  case when n % 11 = 0 then null when n % 3 = 0 then 'a"b\c,(' || n % 20 || ')' else 'é ' || n % 20 end,
  '2026-01-01 00:00:00.000001+00'::timestamptz + n % 1000 * interval '1 microsecond'
from generate_series(1, 10000) n;
insert into public.events (id, user_id, rank, label, at) values (10001, :linus, 1, 'not for ada', '2026-01-01');

insert into public."Odd ""name"", (a.b) 'é' & 100%+1/2" values
  (1, 'o1', 'and1', 'or1', 'not1', 10, 11, 'c1', 'oc1', 'uc1', 'ab1', 'a.b1', 'p1', 'q"1', 'b\1', 'colon1', 'arrow1', 'cast1', 'star1', 'pct1', 'amp1', 'plus1', 'hash1', 'it''s', '名前1'),
  (2, 'o"2\,).(', null, null, null, 20, 21, 'c2', 'oc2', 'uc2', 'ab2', 'a.b2', 'p2', 'q"2', 'b\2', 'colon2', 'arrow2', 'cast2', 'star2', 'pct2', 'amp2', 'plus2', 'hash2', 'it''s', '名前2');
insert into public."upsert me, (now)" values (1, 'a', 'one'), (2, 'b', 'two');

insert into public.ledger values (1, 'nobody reads this');
insert into public.people values (1, 'Ada', 1000), (2, 'Linus', 2000);
insert into public.categories values (1, 'tea'), (2, 'coffee');
insert into public.products values ('T-1', 'Assam', 4.20, 1), ('C-1', 'Mocha', 7, 2);
insert into archive.documents values (1, 'charter'), (2, 'minutes');
analyze;
