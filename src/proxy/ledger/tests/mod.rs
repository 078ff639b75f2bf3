#![allow(clippy::unwrap_used)]

mod interleaved;
mod swept;

use futures::{executor::block_on, future::join_all};

use super::*;
use crate::host::memory::Memory;

const NOW: UnixTime = 1_800_000_000;
const DAY: u64 = 86_400;
const UNTIL: UnixTime = NOW + 30 * DAY;

/// A store that knows the grant `g`.
fn begun() -> Memory {
    let store = Memory::new();
    block_on(Ledger(&store).begin("g", UNTIL, NOW)).unwrap();
    store
}

fn take(store: &Memory, generation: u64, now: UnixTime) -> Turn {
    block_on(Ledger(store).take_turn("g", generation, now)).unwrap()
}

fn first(store: &Memory, generation: u64, now: UnixTime) -> Attempt {
    match take(store, generation, now) {
        Turn::First(attempt) => attempt,
        turn => panic!("{turn:?}"),
    }
}

fn finish(store: &Memory, generation: u64, answer: &str, now: UnixTime) -> bool {
    block_on(Ledger(store).finish("g", generation, answer, UNTIL, now)).unwrap()
}

#[test]
fn of_a_hundred_at_once_one_is_first() {
    let store = begun();
    let ledger = Ledger(&store);
    let turns = block_on(join_all((0..100).map(|_| ledger.take_turn("g", 0, NOW))));
    let turns: Vec<_> = turns.into_iter().map(Result::unwrap).collect();
    assert_eq!(turns.iter().filter(|turn| matches!(turn, Turn::First(_))).count(), 1);
    assert_eq!(turns.iter().filter(|turn| **turn == Turn::Wait).count(), 99);
}

#[test]
fn an_answer_is_given_again_for_thirty_seconds() {
    let store = begun();
    first(&store, 0, NOW);
    assert_eq!(take(&store, 0, NOW + 1), Turn::Wait);
    assert!(finish(&store, 0, "sealed answer", NOW + 2));
    let replay = Turn::Replay("sealed answer".to_owned());
    assert_eq!(take(&store, 0, NOW + 2), replay);
    assert_eq!(take(&store, 0, NOW + 2 + WINDOW - 1), replay);
    assert_eq!(take(&store, 0, NOW + 2 + WINDOW), Turn::Reused);
    // The clock of another machine may be behind.
    assert_eq!(take(&store, 0, NOW - 5), replay);
}

#[test]
fn an_answer_that_was_used_is_not_given_again() {
    let store = begun();
    first(&store, 0, NOW);
    assert!(finish(&store, 0, "one", NOW));
    let attempt = first(&store, 1, NOW + 1);
    assert_eq!(take(&store, 0, NOW + 2), Turn::Reused);
    // It was not used after all.
    block_on(Ledger(&store).give_back("g", 1, attempt)).unwrap();
    assert_eq!(take(&store, 0, NOW + 3), Turn::Replay("one".to_owned()));
    first(&store, 1, NOW + 4);
    assert!(finish(&store, 1, "two", NOW + 5));
    assert_eq!(take(&store, 0, NOW + 6), Turn::Reused);
    assert_eq!(take(&store, 1, NOW + 6), Turn::Replay("two".to_owned()));
}

#[test]
fn a_turn_that_is_given_back_is_free_at_once() {
    let store = begun();
    for _ in 0..1_000 {
        let attempt = first(&store, 0, NOW);
        block_on(Ledger(&store).give_back("g", 0, attempt)).unwrap();
    }
    assert!(store.keys().len() < 100, "{}", store.keys().len());
    // Also after somebody died.
    first(&store, 0, NOW);
    let attempt = first(&store, 0, NOW + PATIENCE);
    block_on(Ledger(&store).give_back("g", 0, attempt)).unwrap();
    first(&store, 0, NOW + PATIENCE);
    assert!(finish(&store, 0, "at last", NOW + PATIENCE));
    first(&store, 1, NOW + DAY);
    assert!(finish(&store, 1, "next", NOW + DAY));
    assert!(store.keys().len() < 10, "{:#?}", store.keys());
}

#[test]
fn who_died_is_waited_for_and_then_replaced() {
    let store = begun();
    first(&store, 0, NOW);
    assert_eq!(take(&store, 0, NOW + PATIENCE - 1), Turn::Wait);
    first(&store, 0, NOW + PATIENCE);
    assert_eq!(take(&store, 0, NOW + PATIENCE), Turn::Wait);
    assert_eq!(take(&store, 0, NOW + 2 * PATIENCE - 1), Turn::Wait);
    first(&store, 0, NOW + 2 * PATIENCE);
}

#[test]
fn who_died_before_it_wrote_the_time_is_replaced_too() {
    let store = begun();
    let turn = format!("latch:turn:{}:0:0", key::hash("g"));
    block_on(store.increment(&turn, 1)).unwrap();
    assert_eq!(take(&store, 0, NOW), Turn::Wait);
    assert_eq!(take(&store, 0, NOW + PATIENCE - 1), Turn::Wait);
    first(&store, 0, NOW + PATIENCE);
}

#[test]
fn of_two_that_come_to_an_end_one_has_answered() {
    let store = begun();
    let slow = first(&store, 0, NOW);
    first(&store, 0, NOW + PATIENCE);
    assert!(finish(&store, 0, "the slow one", NOW + 16));
    assert!(!finish(&store, 0, "the other", NOW + 17));
    assert_eq!(take(&store, 0, NOW + 18), Turn::Replay("the slow one".to_owned()));
    // And long after, when nothing of it is left.
    first(&store, 1, NOW + 100);
    assert!(finish(&store, 1, "next", NOW + 100));
    assert!(!finish(&store, 0, "much too late", NOW + 101));
    block_on(Ledger(&store).give_back("g", 0, slow)).unwrap();
    assert_eq!(take(&store, 1, NOW + 102), Turn::Replay("next".to_owned()));
    let old = format!("{}:0", key::hash("g"));
    assert!(store.keys().iter().all(|key| !key.contains(&old)), "{:#?}", store.keys());
}

#[test]
fn who_was_taken_for_dead_cannot_give_back_the_turn_of_another() {
    let store = begun();
    let slow = first(&store, 0, NOW);
    first(&store, 0, NOW + PATIENCE);
    block_on(Ledger(&store).give_back("g", 0, slow)).unwrap();
    assert_eq!(take(&store, 0, NOW + PATIENCE + 1), Turn::Wait);
}

#[test]
fn an_answer_that_was_lost_halfway_costs_a_sign_in() {
    let store = begun();
    first(&store, 0, NOW);
    block_on(store.increment(&format!("latch:answered:{}:0", key::hash("g")), 1)).unwrap();
    assert_eq!(take(&store, 0, NOW + PATIENCE), Turn::Lost);
    assert!(!finish(&store, 0, "a second answer", NOW + PATIENCE));
}

#[test]
fn a_family_that_the_store_does_not_know_is_lost() {
    let store = Memory::new();
    assert_eq!(take(&store, 0, NOW), Turn::Lost);
    assert!(!finish(&store, 0, "answer", NOW));
    assert_eq!(store.keys(), [""; 0]);
}

#[test]
fn a_revoked_grant_stays_revoked_and_its_family_is_gone() {
    let store = begun();
    let ledger = Ledger(&store);
    first(&store, 0, NOW);
    assert!(finish(&store, 0, "one", NOW));
    first(&store, 1, NOW);
    assert!(!block_on(ledger.is_revoked("g")).unwrap());
    block_on(ledger.revoke("g", UNTIL, NOW)).unwrap();
    assert!(block_on(ledger.is_revoked("g")).unwrap());
    assert!(!block_on(ledger.is_revoked("another")).unwrap());
    assert_eq!(take(&store, 1, NOW + 1), Turn::Lost);
    // Who was at it when it happened answers nobody.
    assert!(!finish(&store, 1, "two", NOW + 1));
    let left: Vec<_> = store.keys().into_iter().filter(|key| !key.starts_with("latch:list:")).collect();
    assert_eq!(left, [key(Kind::Revoked.name(), "g")]);
}

#[test]
fn a_code_is_spent_once() {
    let store = Memory::new();
    let ledger = Ledger(&store);
    let spent = block_on(join_all((0..100).map(|_| ledger.spend("code", NOW + 60, NOW))));
    assert_eq!(spent.into_iter().filter(|spent| *spent == Ok(true)).count(), 1);
    assert_eq!(block_on(ledger.spend("another", NOW + 60, NOW)), Ok(true));
}

#[test]
fn a_store_that_is_away_lets_nobody_through() {
    let store = begun();
    let attempt = first(&store, 0, NOW);
    store.away.set(true);
    let ledger = Ledger(&store);
    block_on(async {
        assert!(ledger.begin("h", UNTIL, NOW).await.is_err());
        assert!(ledger.is_revoked("g").await.is_err());
        assert!(ledger.revoke("g", UNTIL, NOW).await.is_err());
        assert!(ledger.spend("c", NOW, NOW).await.is_err());
        assert!(ledger.take_turn("g", 0, NOW).await.is_err());
        assert!(ledger.finish("g", 0, "a", UNTIL, NOW).await.is_err());
        assert!(ledger.give_back("g", 0, attempt).await.is_err());
    });
}

#[test]
fn a_record_that_is_not_ours_lets_nobody_through() {
    for value in ["", "1", "1 2 3", "1 2 3 4", "x 2 3 4 a", "1 2 3 -4 a"] {
        let store = begun();
        block_on(store.set(&key("family", "g"), value.as_bytes())).unwrap();
        assert!(block_on(Ledger(&store).take_turn("g", 0, NOW)).is_err(), "{value:?}");
    }
    let store = begun();
    block_on(store.set(&format!("latch:since:{}:0", key::hash("g")), b"soon")).unwrap();
    assert!(block_on(Ledger(&store).take_turn("g", 0, NOW)).is_err());
}

#[test]
fn the_store_learns_no_names() {
    let store = Memory::new();
    let ledger = Ledger(&store);
    let (grant, code) = ("Grant/äöü With Spaces", "Code+Of=Somebody");
    block_on(async {
        ledger.begin(grant, UNTIL, NOW).await.unwrap();
        ledger.spend(code, NOW + 60, NOW).await.unwrap();
        ledger.take_turn(grant, u64::MAX, NOW).await.unwrap();
        ledger.finish(grant, u64::MAX, "a", UNTIL, NOW).await.unwrap();
        ledger.revoke("Other Grant", UNTIL, NOW).await.unwrap();
    });
    let text = store.text();
    assert!(!text.contains("Grant") && !text.contains("Code"), "{text}");
}
