-- Functions of every kind a declaration can describe. Without `security definer`, they run as the user.
create function public.add(a integer, b integer) returns integer language sql immutable as $$ select a + b $$;
create function public.precise(value numeric) returns numeric language sql immutable as $$ select value $$;
create function public.search_notes(q text) returns setof public.notes language sql stable as $$
  select * from public.notes where title ilike '%' || q || '%' or body ilike '%' || q || '%' order by id
$$;
create function public.task_totals() returns table (state public.task_state, total bigint) language sql stable as $$
  select t.state, count(*) from public.tasks t group by t.state order by t.state
$$;
create function public.add_note(title text, body text default '') returns bigint language sql volatile as $$
  insert into public.notes (title, body) values (title, body) returning id
$$;
create function public.finish_all() returns void language sql volatile as $$
  update public.notes set done = true where not done
$$;
create function public."Odd fn, (""x"") é"("select" text, "a b" integer) returns text language sql immutable as $$
  select "select" || ':' || "a b"
$$;
create function public.numbers_to(n integer) returns setof integer language sql immutable as $$ select generate_series(1, n) $$;
create function public.ambiguous(a integer) returns integer language sql immutable as $$ select a $$;
create function public.ambiguous(a text) returns text language sql immutable as $$ select a $$;

create function public.needs_payment() returns void language plpgsql as $$ begin
  raise sqlstate 'PT402' using message = 'Payment required', detail = 'The quota of this month is used up', hint = 'Upgrade your plan';
end $$;
create function public.refuses(reason text) returns void language plpgsql as $$ begin
  raise exception '%', reason using hint = 'Try something else';
end $$;
create function public.fails_with(state text) returns void language plpgsql as $$ begin
  raise exception using errcode = state, message = 'made to fail with ' || state;
end $$;
create function public.sleeps(seconds double precision) returns void language sql volatile set statement_timeout = '300ms' as $$
  select pg_sleep(seconds)
$$;
-- No limit but that of the role.
create function public.naps(seconds double precision) returns void language sql volatile as $$ select pg_sleep(seconds) $$;

revoke execute on all functions in schema public from public;
grant execute on all functions in schema public to authenticated;revoke execute on function public.precise from authenticated;
