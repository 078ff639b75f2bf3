//! Tokens that do not verify make the store ask again, but not often.

use super::*;

#[test]
fn a_flood_of_unknown_kids_causes_one_fetch_in_thirty_seconds() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    let flood = |from: u64, to: u64| {
        for i in 0..1_000 {
            world.at(from + (to - from) * i / 1_000);
            assert_eq!(world.verify(&store, &forged(&format!("random-{i}"))), Err(Error::KidUnknown));
        }
    };
    flood(0, 0);
    world.asked(2);
    flood(0, COOL_DOWN - 1);
    world.asked(2);
    flood(COOL_DOWN, COOL_DOWN);
    world.asked(3);
    assert_eq!(world.verify(&store, &key.token()), GOOD, "real users do not notice");
    // A whole hour of it: a fetch per cool-down, and one more at each end of a lifetime at most.
    for second in 0..3_600 {
        world.at(2 * COOL_DOWN + second);
        assert_eq!(world.verify(&store, &forged(&format!("later-{second}"))), Err(Error::KidUnknown));
    }
    assert!((3 + 120..=3 + 120 + 6).contains(&world.fetches.get()), "{}", world.fetches.get());
}

/// What came for this very token is not asked for again: a cold instance does not double a stranger's requests.
#[test]
fn the_first_token_causes_one_fetch_even_if_it_does_not_verify() {
    let (key, other) = (pair("a", 1), pair("a", 2));
    for (token, error) in [(forged("unknown"), Error::KidUnknown), (other.token(), Error::BadSignature)] {
        let (world, store) = (World::publishing(&[&key]), fetching());
        assert_eq!(world.verify(&store, &token), Err(error));
        world.asked(1);
    }
}

#[test]
fn a_flood_of_bad_signatures_causes_one_fetch_in_thirty_seconds() {
    let (key, other, store) = (pair("a", 1), pair("a", 2), fetching());
    let world = World::publishing(&[&key]);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    for second in 0..COOL_DOWN {
        world.at(second);
        assert_eq!(world.verify(&store, &other.token()), Err(Error::BadSignature));
    }
    world.asked(2);
    world.at(COOL_DOWN);
    assert_eq!(world.verify(&store, &other.token()), Err(Error::BadSignature));
    world.asked(3);
}

#[test]
fn a_kid_that_is_used_again_for_a_new_key_works_at_once() {
    let (old, new, store) = (pair("a", 1), pair("a", 2), fetching());
    let world = World::publishing(&[&old]);
    assert_eq!(world.verify(&store, &old.token()), GOOD);
    world.publish(&[&new]);
    world.at(1);
    assert_eq!(world.verify(&store, &new.token()), GOOD);
    world.asked(2);
    assert_eq!(world.verify(&store, &old.token()), Err(Error::BadSignature), "the old key stops");
    world.asked(2);
}

#[test]
fn a_new_kid_works_at_once_and_a_withdrawn_one_stops() {
    let (old, new, store) = (pair("old", 1), pair("new", 2), fetching());
    let world = World::publishing(&[&old]);
    assert_eq!(world.verify(&store, &old.token()), GOOD);
    // Both for a while …
    world.publish(&[&old, &new]);
    world.at(100);
    assert_eq!(world.verify(&store, &new.token()), GOOD);
    world.asked(2);
    assert_eq!(world.verify(&store, &old.token()), GOOD);
    // … then the old one goes. It works until the keys' lifetime is over, no longer.
    world.publish(&[&new]);
    world.at(100 + TTL - 1);
    assert_eq!(world.verify(&store, &old.token()), GOOD);
    world.asked(2);
    world.at(100 + TTL);
    assert_eq!(world.verify(&store, &old.token()), Err(Error::KidUnknown));
    assert_eq!(world.verify(&store, &new.token()), GOOD);
}
