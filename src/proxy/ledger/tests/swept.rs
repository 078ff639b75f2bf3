//! What is over is removed, and what is not stays.

use super::*;
use crate::proxy::ledger::broom::SLACK;

/// Keys that are not the broom's own.
fn left(store: &Memory) -> Vec<String> {
    store.keys().into_iter().filter(|key| !key.starts_with("latch:list:")).collect()
}

#[test]
fn codes_of_days_do_not_pile_up() {
    let store = Memory::new();
    let mut most = 0;
    for at in 0..2_000 {
        // One in ten seconds, each good for a minute.
        let now = NOW + 10 * at;
        assert!(block_on(Ledger(&store).spend(&at.to_string(), now + 60, now)).unwrap());
        most = most.max(store.keys().len());
    }
    // 36 are not over, each with its place in the list.
    assert!(most <= 2 * (60 + SLACK as usize) / 10 + 6, "{most} keys");
}

#[test]
fn a_code_is_known_until_it_is_over_on_every_clock() {
    let store = Memory::new();
    let ledger = Ledger(&store);
    block_on(async {
        ledger.spend("code", NOW + 60, NOW).await.unwrap();
        for (index, now) in (NOW..NOW + 60 + SLACK).enumerate() {
            ledger.spend(&index.to_string(), now + 60, now).await.unwrap();
        }
        assert!(!ledger.spend("code", NOW + 60, NOW).await.unwrap());
    });
}

#[test]
fn what_an_abandoned_grant_left_is_removed() {
    let store = begun();
    first(&store, 0, NOW);
    assert!(finish(&store, 0, "one", NOW));
    first(&store, 1, NOW);
    let later = UNTIL + 30 * DAY;
    block_on(Ledger(&store).begin("later", later + DAY, later)).unwrap();
    assert_eq!(left(&store), [key("family", "later")]);
}

#[test]
fn a_grant_that_is_used_for_years_stays_and_is_listed_rarely() {
    let store = begun();
    let ledger = Ledger(&store);
    let (mut now, mut most) = (NOW, 0);
    for generation in 0..1_000 {
        now += DAY;
        block_on(async {
            assert!(matches!(ledger.take_turn("g", generation, now).await, Ok(Turn::First(_))), "day {generation}");
            assert_eq!(ledger.finish("g", generation, "a", now + 30 * DAY, now).await, Ok(true));
            // Other people come and go, and bring the broom.
            ledger.begin(&generation.to_string(), now + 30 * DAY, now).await.unwrap();
        });
        most = most.max(store.keys().iter().filter(|key| key.contains(&key::hash("g"))).count());
    }
    assert!(most <= 5, "{most}");
    // 38 days of others, two keys each, ours and the list's own.
    assert!(store.keys().len() < 100, "{}", store.keys().len());
}

#[test]
fn a_revocation_is_written_once_and_lasts_as_long_as_it_said() {
    let store = Memory::new();
    let ledger = Ledger(&store);
    block_on(async {
        ledger.revoke("g", NOW + 3 * DAY, NOW).await.unwrap();
        // Whoever can ask for it again and again must not fill the store.
        let before = store.keys().len();
        for second in 1..100 {
            ledger.revoke("g", NOW + 3 * DAY + second, NOW + second).await.unwrap();
        }
        assert_eq!(store.keys().len(), before);
        for day in 1..=3 {
            let now = NOW + day * DAY;
            ledger.revoke(&day.to_string(), now + 9 * DAY, now).await.unwrap();
            assert!(ledger.is_revoked("g").await.unwrap(), "day {day}");
        }
        let now = NOW + 4 * DAY;
        ledger.revoke("4", now + DAY, now).await.unwrap();
        assert!(!ledger.is_revoked("g").await.unwrap());
    });
}

/// Two who sweep at a time, in every order of steps that round robin with a head start gives.
#[test]
fn two_brooms_do_not_get_in_each_others_way() {
    for head_start in 0..20 {
        let store = Memory::new();
        let ledger = Ledger(&store);
        block_on(async {
            for index in 0..10 {
                ledger.spend(&index.to_string(), NOW + 60, NOW).await.unwrap();
            }
            let now = NOW + DAY;
            let late = async {
                for _ in 0..head_start {
                    store.get("latch:nothing").await.unwrap();
                }
                ledger.spend("late", now + 60, now).await
            };
            let (one, two) = futures::future::join(ledger.spend("early", now + 60, now), late).await;
            assert_eq!((one, two), (Ok(true), Ok(true)));
            for index in 0..10 {
                ledger.spend(&format!("after {index}"), now + 60, now).await.unwrap();
            }
        });
        // 12 live codes.
        assert_eq!(left(&store).len(), 12, "head start {head_start}");
    }
}
