//! How long keys live, and clocks that do not behave.

use super::*;

#[test]
fn nothing_is_fetched_before_a_token_needs_it() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    for token in ["", "a.b", "a.b.c.d.e", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJSUzI1NiJ9.e30.AAAA"] {
        assert!(world.verify(&store, token).is_err());
    }
    world.asked(0);
    for _ in 0..1_000 {
        assert_eq!(world.verify(&store, &key.token()), GOOD);
    }
    world.asked(1);
}

#[test]
fn keys_live_ten_minutes_or_shorter_if_the_server_says_so() {
    for (cache_control, lifetime) in [
        ("public", TTL),
        ("max-age=600", TTL),
        ("max-age=86400", TTL),
        ("max-age=60", 60),
        ("max-age=30", COOL_DOWN),
        ("max-age=1", COOL_DOWN),
        ("no-store", COOL_DOWN),
    ] {
        let (key, store) = (pair("a", 1), fetching());
        let world = World::publishing(&[&key]);
        world.cache_control(cache_control);
        for (seconds, fetches) in [(0, 1), (lifetime - 1, 1), (lifetime, 2), (2 * lifetime - 1, 2), (2 * lifetime, 3)] {
            world.at(seconds);
            assert_eq!(world.verify(&store, &key.token()), GOOD, "{cache_control} after {seconds} s");
            world.asked(fetches);
        }
    }
}

#[test]
fn a_clock_that_ticks_while_we_work_is_harmless() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    world.tick.set(1);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.at(TTL * 2);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.asked(2);
}

#[test]
fn a_clock_that_is_set_back_is_harmless() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    world.at(10_000);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    assert_eq!(world.verify(&store, &key.token_for("unknown")), Err(Error::KidUnknown));
    world.asked(2);
    // Neither the keys nor the cool-down of that future time are trusted.
    world.at(0);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.asked(3);
    assert_eq!(world.verify(&store, &key.token_for("unknown")), Err(Error::KidUnknown));
    world.asked(4);
    // The same for a failure in the future.
    world.at(10_000);
    world.fail();
    assert_eq!(world.verify(&store, &key.token()), GOOD, "stale");
    world.asked(5);
    world.at(COOL_DOWN);
    world.publish(&[&key]);
    assert_eq!(world.verify(&store, &key.token_for("new")), Err(Error::KidUnknown));
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.asked(6);
}
