//! Who sees what, and how it is asked for.

mod write;

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use serde_json::json;

use super::super::claims::Session;
use super::super::keys::{Keys, SigningAlg};
use super::super::{USERS, User};
use super::*;
use crate::clock::{Clock as _, TestClock};

/// A demo issuer without a network.
struct World {
    issuer: Issuer,
    clock: TestClock,
    runtime: tokio::runtime::Runtime,
}

/// Status, body and headers of an answer.
type Seen = (u16, Value, HeaderMap);

const STRICT: &str = "return=representation,handling=strict";

impl World {
    fn new() -> Self {
        let clock = TestClock::new();
        let keys = Keys::generate(SigningAlg::Es256).unwrap();
        let issuer = Issuer::new("http://127.0.0.1:4000".into(), keys, Arc::new(clock.clone()));
        Self { issuer, clock, runtime: tokio::runtime::Builder::new_current_thread().build().unwrap() }
    }

    fn claims(&self, user: User) -> Value {
        Session { issuer: &self.issuer.id, user, id: "s", now: self.clock.wall().as_secs() }.access("c", "email")
    }

    fn token(&self, user: User) -> String {
        format!("Bearer {}", self.issuer.keys.sign(&self.claims(user)))
    }

    fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Seen {
        let mut request = Request::builder().method(method).uri(format!("/rest/v1/{target}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = self.issuer.answer(&request.body(Bytes::from(body.to_owned())).unwrap());
        let (parts, body) = reply.into_parts();
        let body = self.runtime.block_on(body.collect()).unwrap().to_bytes();
        (parts.status.as_u16(), serde_json::from_slice(&body).unwrap_or_default(), parts.headers)
    }

    fn ask(&self, user: usize, method: &str, target: &str, prefer: &str, body: &str) -> Seen {
        self.send(method, target, &[("authorization", &self.token(USERS[user])), ("prefer", prefer)], body)
    }

    fn get(&self, user: usize, query: &str) -> Seen {
        self.ask(user, "GET", &format!("notes?{query}"), "", "")
    }

    fn titles(&self, user: usize, filter: &str) -> Vec<String> {
        let (status, rows, _) = self.get(user, &format!("select=title&and={}&order=%22id%22.asc.nullslast", encode(filter)));
        assert_eq!(status, 200, "{filter} {rows}");
        rows.as_array().unwrap().iter().map(|row| row["title"].as_str().unwrap().split(' ').next().unwrap().to_owned()).collect()
    }
}

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn code(seen: &Seen) -> (u16, &str) {
    (seen.0, seen.1["code"].as_str().unwrap_or_default())
}

#[test]
fn everybody_sees_their_own_rows() {
    let world = World::new();
    let (status, rows, headers) = world.get(0, "");
    assert_eq!((status, rows.as_array().unwrap().len(), headers["content-range"].to_str().unwrap()), (200, 4, "0-3/*"));
    assert!(rows.as_array().unwrap().iter().all(|row| row["user_id"] == USERS[0].id));
    assert_eq!(rows[0].as_object().unwrap().len(), 6);
    assert_eq!(world.get(1, "").1.as_array().unwrap().len(), 3);
    let everybody = format!(r#"("user_id".in.("{}","{}"))"#, USERS[0].id, USERS[1].id);
    assert_eq!(world.titles(1, &everybody), ["Order", "Draw", "Answer"]);
}

#[test]
fn only_a_good_access_token_enters() {
    let world = World::new();
    let bearer = |claims: &Value| format!("Bearer {}", world.issuer.keys.sign(claims));
    let good = world.claims(USERS[0]);
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        bearer(&claims)
    };
    let now = world.clock.wall().as_secs();
    let session = Session { issuer: &world.issuer.id, user: USERS[0], id: "s", now };
    let foreign = World::new().token(USERS[0]);
    let mut forged = bearer(&good);
    forged.truncate(forged.len() - 4);
    for (header, code) in [
        (bearer(&session.id_token("c", None)), "PGRST301"),
        (with("role", json!("service_role")), "PGRST301"),
        (with("iss", json!("http://elsewhere")), "PGRST301"),
        (with("sub", json!("ada00000-0000-4000-8000-000000000009")), "PGRST301"),
        (with("exp", json!(now)), "PGRST303"),
        (foreign, "PGRST301"),
        (forged, "PGRST301"),
        ("Bearer x".into(), "PGRST301"),
        ("Bearer".into(), "PGRST301"),
        ("Basic YTpi".into(), "PGRST301"),
    ] {
        let seen = world.send("GET", "notes", &[("authorization", &header)], "");
        let challenge = seen.2["www-authenticate"].to_str().unwrap();
        assert_eq!((seen.0, seen.1["code"].as_str().unwrap()), (401, code), "{header} {}", seen.1);
        assert!(challenge.starts_with("Bearer error=\"invalid_token\""), "{challenge}");
        assert_eq!(seen.1.as_object().unwrap().keys().collect::<Vec<_>>(), ["code", "details", "hint", "message"]);
    }
    let good = world.token(USERS[0]);
    assert_eq!(world.send("GET", "notes", &[("authorization", &good), ("authorization", &good)], "").0, 401);
    assert_eq!(world.send("GET", "notes", &[("authorization", &good.replace("Bearer", "bearer"))], "").0, 200);
    // Without a token: the role anon, which sees what there is and may not touch it.
    let anonymous = world.send("GET", "notes?limit=0", &[], "");
    assert_eq!((code(&anonymous), &anonymous.2["www-authenticate"]), ((401, "42501"), &"Bearer".parse().unwrap()));
    assert_eq!(code(&world.send("GET", "nosuch?limit=0", &[], "")), (404, "PGRST205"));
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(code(&world.send("GET", "notes", &[("authorization", &good)], "")), (401, "PGRST303"));
}

#[test]
fn filters() {
    let world = World::new();
    for (filter, expected) in [
        (r#"("state"."#, None),
        (r#"("state".eq."open")"#, Some("Check Write Ask")),
        (r#"("state".neq."open")"#, Some("Translate")),
        (r#"("state".gt."open","id".lte."1")"#, Some("Translate")),
        (r#"("id".in.("1","3","2"))"#, Some("Translate Check")),
        (r#"("id".not.in.("1","3"))"#, Some("Write Ask")),
        (r#"("body".is.null)"#, Some("Write Ask")),
        (r#"("body".not.is.null)"#, Some("Translate Check")),
        (r#"("body".neq."x")"#, Some("Translate Check")),
        (r#"("body".not.eq."x")"#, Some("Translate Check")),
        (r#"("title".like."*e")"#, Some("Write")),
        (r#"("title".ilike."%MARY%")"#, Some("Ask")),
        (r#"("title".wfts."bernoulli -babbage")"#, Some("Check")),
        (r#"("title".eq."Translate Menabrea's memoir")"#, Some("Translate")),
        (r#"("title".eq."a\"b\\c,).(")"#, Some("")),
        (r#"("state".eq."done",or("id".eq."1","id".eq."3"))"#, Some("Translate")),
        (r#"(or(and("id".gt."1","id".lt."6"),"state".eq."done"))"#, Some("Translate Check Write")),
        (r#"(or("body".is.null,"body".like."Op*"))"#, Some("Check Write Ask")),
        (r#"("created_at".lt."2100-01-01T00:00:00Z","created_at".gte."1999-01-01")"#, Some("Translate Check Write Ask")),
    ] {
        match expected {
            Some(expected) => assert_eq!(world.titles(0, filter).join(" "), expected, "{filter}"),
            None => assert_eq!(code(&world.get(0, &format!("and={}", encode(filter)))), (400, "PGRST100")),
        }
    }
}

#[test]
fn filters_that_are_parameters() {
    let world = World::new();
    let id = "%22id%22";
    for (query, expected) in [
        ("%22id%22=in.(%221%22,%225%22)&%22id%22=gt.1", json!([5])),
        ("%22id%22=not.in.(%221%22,%225%22)", json!([3, 7])),
        ("%22title%22=eq.Write%20to%20Babbage%20about%20the%20engine", json!([5])),
        ("%22title%22=ilike.*%22*", json!([])),
        ("%22body%22=is.null&%22state%22=eq.open&%22id%22=lt.7", json!([5])),
        ("%22body%22=not.is.null", json!([1, 3])),
        ("or=(%22id%22.eq.%221%22,%22id%22.eq.%227%22)&%22state%22=eq.open", json!([7])),
        ("and=(%22id%22.gt.%221%22)&%22state%22=eq.open&%22id%22=lte.5", json!([3, 5])),
    ] {
        let (status, rows, _) = world.get(0, &format!("select=id&{query}&order={id}.asc.nullslast"));
        let ids: Vec<Value> = rows.as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
        assert_eq!((status, json!(ids)), (200, expected), "{query}");
    }
    for (query, code) in [
        ("%22id%22=eq.%221%22", "22P02"),
        ("%22id%22=1", "PGRST100"),
        ("%22id%22=in.(1,2)", "PGRST100"),
        ("%22id%22=in.(%221%22)x", "PGRST100"),
        ("%22id%22=is.nullx", "PGRST100"),
        ("%22id%22x=eq.1", "PGRST100"),
        ("%22id=eq.1", "PGRST100"),
        ("%22nosuch%22=eq.1", "42703"),
    ] {
        let seen = world.get(0, query);
        assert_eq!((seen.0, seen.1["code"].as_str().unwrap()), (400, code), "{query} {}", seen.1);
    }
    let many = vec!["%22id%22=gt.1"; 201].join("&");
    assert_eq!(code(&world.get(0, &many)), (400, "PGRST100"));
    let changed =
        world.ask(0, "PATCH", "notes?select=id&%22id%22=in.(%221%22,%222%22)&%22state%22=eq.done", STRICT, r#"{"state":"open"}"#);
    assert_eq!((changed.0, changed.1), (200, json!([{ "id": 1 }])));
    assert_eq!(code(&world.ask(0, "POST", "notes?%22id%22=eq.1", STRICT, r#"{"title":"x"}"#)), (400, "PGRST100"));
}

#[test]
fn what_is_outside_the_grammar_is_refused() {
    let world = World::new();
    for (query, code) in [
        ("select=*", "PGRST100"),
        ("select=id,", "PGRST100"),
        ("select=id,title(count)", "PGRST100"),
        ("select=id::int", "PGRST100"),
        ("select=Id", "PGRST100"),
        ("select=nosuch", "42703"),
        ("select=a:nosuch", "42703"),
        ("id=eq.1", "PGRST100"),
        ("or=(id.eq.1)", "PGRST100"),
        ("not.and=(id.eq.%221%22)", "PGRST100"),
        ("limit=1&limit=2", "PGRST100"),
        ("limit=-1", "PGRST100"),
        ("limit=+1", "PGRST100"),
        ("limit=99999999999999999999", "PGRST100"),
        ("offset=x", "PGRST100"),
        ("order=id", "PGRST100"),
        ("order=id.desc", "PGRST100"),
        ("order=nosuch.asc.nullslast", "42703"),
        ("columns=id", "PGRST100"),
        ("limit", "PGRST100"),
        ("and=%", "PGRST100"),
        ("and=%ff", "PGRST100"),
        ("and=()", "PGRST100"),
        ("and=(id.eq.1)", "PGRST100"),
        ("and=(id.eq.%221%22", "PGRST100"),
        ("and=(id.eq.%221%22)x", "PGRST100"),
        ("and=(id.eq.%221%5Cx%22)", "PGRST100"),
        ("and=(id.in.())", "PGRST100"),
        ("and=(not.and(id.eq.%221%22))", "42703"),
        ("and=(id.between.%221%22)", "PGRST100"),
        ("and=(nosuch.eq.%221%22)", "42703"),
        ("and=(id.eq.%22x%22)", "22P02"),
        ("and=(user_id.eq.%22x%22)", "22P02"),
        ("and=(state.eq.%22x%22)", "22P02"),
        ("and=(created_at.eq.%22now%22)", "22007"),
        ("and=(title.eq.%22%00%22)", "22P05"),
        ("and=(title.like.%22%5C%5C%22)", "22025"),
    ] {
        let seen = world.get(0, query);
        assert_eq!((seen.0, seen.1["code"].as_str().unwrap()), (400, code), "{query} {}", seen.1);
    }
    for query in ["and=(id.like.%221%22)", "and=(title.cs.%22a%22)", "and=(state.wfts.%22a%22)"] {
        assert_eq!(code(&world.get(0, query)), (404, "42883"), "{query}");
    }
    let deep = format!("and=({}id.eq.%221%22{})", "or(".repeat(20), ")".repeat(20));
    let many = format!("and=({})", vec!["id.eq.%221%22"; 1001].join(","));
    let values = format!("and=(id.in.({}))", vec!["%221%22"; 2001].join(","));
    let long = format!("and=(title.eq.%22{}%22)", "a".repeat(50_000));
    for query in [deep, many, values, long] {
        assert_eq!(code(&world.get(0, &query)), (400, "PGRST100"));
    }
    for (path, expected) in [
        ("nosuch", "PGRST205"),
        ("Notes", "PGRST205"),
        ("notes/1", "PGRST125"),
        ("%ff", "PGRST125"),
        ("", "PGRST126"),
        ("rpc/f", "PGRST202"),
    ] {
        assert_eq!(code(&world.ask(0, "GET", path, "", "")), (404, expected), "{path}");
    }
    assert_eq!(code(&world.ask(0, "PUT", "notes", "", "{}")), (405, "PGRST117"));
    let token = world.token(USERS[0]);
    let with = |name, value| world.send("GET", "notes", &[("authorization", &token), (name, value)], "");
    assert_eq!(code(&with("accept-profile", "private")), (406, "PGRST106"));
    assert_eq!(code(&with("accept", "text/csv")), (406, "PGRST107"));
    assert_eq!(with("accept-profile", "public").0, 200);
}

#[test]
fn pages_and_their_shape() {
    let world = World::new();
    let order = "order=%22state%22.desc.nullslast,%22id%22.asc.nullslast";
    let (_, rows, _) = world.get(0, &format!("select=number:%22id%22::text,state&{order}&limit=2"));
    assert_eq!(rows, json!([{ "number": "1", "state": "done" }, { "number": "3", "state": "open" }]));
    let (_, rows, _) = world.get(0, "select=%22The%20body%22:body,id&order=body.desc.nullsfirst,id.desc.nullslast&limit=2");
    assert_eq!(rows, json!([{ "The body": null, "id": 7 }, { "The body": null, "id": 5 }]));
    let page = |query: &str| world.ask(0, "GET", &format!("notes?{query}&{order}"), "count=exact", "");
    for (query, status, range) in [
        ("limit=2", 206, "0-1/4"),
        ("limit=2&offset=3", 206, "3-3/4"),
        ("limit=0", 206, "*/4"),
        ("offset=0", 200, "0-3/4"),
        ("and=(id.eq.%2299%22)", 200, "*/0"),
    ] {
        let seen = page(query);
        assert_eq!((seen.0, seen.2["content-range"].to_str().unwrap()), (status, range), "{query}");
        assert_eq!(seen.2["preference-applied"], "count=exact");
    }
    assert_eq!(code(&page("offset=5")), (416, "PGRST103"));
    assert_eq!(world.get(0, "offset=4").1, json!([]));
}
