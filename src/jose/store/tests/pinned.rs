//! Keys from the configuration.

use super::*;

#[test]
fn pinned_keys_save_the_first_fetch() {
    let (key, new) = (pair("a", 1), pair("new", 2));
    let world = World::publishing(&[&key, &new]);
    // A fresh store per request, as in a host that makes a fresh instance per request.
    for second in 0..1_000 {
        world.at(second);
        assert_eq!(world.verify(&pinned(&[&key], remote()), &key.token()), GOOD);
    }
    world.asked(0);
    let store = pinned(&[&key], remote());
    assert_eq!(world.verify(&store, &new.token()), GOOD);
    world.asked(1);
    for i in 0..1_000 {
        assert_eq!(world.verify(&store, &forged(&format!("random-{i}"))), Err(Error::KidUnknown));
    }
    world.asked(1);
}

#[test]
fn pinned_keys_age_from_their_first_use() {
    let (key, new, store) = (pair("a", 1), pair("new", 2), pinned(&[&pair("a", 1)], remote()));
    let world = World::publishing(&[&new]);
    for (seconds, fetches) in [(1_000_000, 0), (1_000_000 + TTL - 1, 0)] {
        world.at(seconds);
        assert_eq!(world.verify(&store, &key.token()), GOOD);
        world.asked(fetches);
    }
    world.at(1_000_000 + TTL);
    assert_eq!(world.verify(&store, &key.token()), Err(Error::KidUnknown), "withdrawn in the meantime");
    assert_eq!(world.verify(&store, &new.token()), GOOD);
}

#[test]
fn pinned_keys_are_used_for_a_day_while_the_issuer_is_down() {
    let (key, store) = (pair("a", 1), pinned(&[&pair("a", 1)], remote()));
    let world = World::publishing(&[]);
    world.fail();
    for seconds in [0, TTL, MAX_STALE - 1] {
        world.at(seconds);
        assert_eq!(world.verify(&store, &key.token()), GOOD);
        assert_eq!(world.verify(&store, &key.token_for("unknown")), DOWN);
    }
    world.at(MAX_STALE);
    assert_eq!(world.verify(&store, &key.token()), DOWN);
}

#[test]
fn without_a_remote_pinned_keys_are_good_for_ever() {
    let (key, store) = (pair("a", 1), pinned(&[&pair("a", 1)], None));
    let world = World::publishing(&[&pair("new", 2)]);
    for seconds in [0, TTL, MAX_STALE, 10 * 365 * MAX_STALE, 0] {
        world.at(seconds);
        assert_eq!(world.verify(&store, &key.token()), GOOD);
        assert_eq!(world.verify(&store, &key.token_for("new")), Err(Error::KidUnknown));
        assert_eq!(world.verify(&store, &pair("a", 2).token()), Err(Error::BadSignature));
    }
    assert_eq!(world.verify(&KeyStore::new(None, None), &key.token()), Err(Error::KidUnknown));
    world.asked(0);
    assert!(world.log.borrow().is_empty());
}
