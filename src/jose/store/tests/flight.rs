//! Several requests at once.

use super::*;

#[test]
fn requests_at_once_share_one_flight() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    let token = key.token();
    assert_eq!(block_on(join(world.verifying(&store, &token), world.verifying(&store, &token))), (GOOD, GOOD));
    world.asked(1);
    world.at(TTL);
    let outcomes = block_on(join_all((0..50).map(|_| world.verifying(&store, &token))));
    assert!(outcomes.into_iter().all(|outcome| outcome == GOOD));
    world.asked(2);
}

#[test]
fn unknown_kids_at_once_share_one_flight() {
    let (key, new, store) = (pair("a", 1), pair("new", 2), fetching());
    let world = World::publishing(&[&key]);
    assert_eq!(world.verify(&store, &key.token()), GOOD);
    world.publish(&[&key, &new]);
    let (known, unknown) = (new.token(), new.token_for("unknown"));
    let outcomes = block_on(join(world.verifying(&store, &unknown), world.verifying(&store, &known)));
    assert_eq!(outcomes, (Err(Error::KidUnknown), GOOD));
    world.asked(2);
}

#[test]
fn a_flight_that_fails_is_shared_too() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[]);
    world.fail();
    let token = key.token();
    let outcomes = block_on(join_all((0..50).map(|_| world.verifying(&store, &token))));
    assert!(outcomes.into_iter().all(|outcome| outcome == DOWN));
    world.asked(1);
}

#[test]
fn a_request_that_goes_away_does_not_take_the_flight_with_it() {
    let (key, store) = (pair("a", 1), fetching());
    let world = World::publishing(&[&key]);
    let token = key.token();
    {
        let mut leaver = pin!(world.verifying(&store, &token));
        assert_eq!(block_on(poll_immediate(&mut leaver)), None, "in flight");
        let mut waiter = pin!(world.verifying(&store, &token));
        assert_eq!(block_on(poll_immediate(&mut waiter)), None, "waits for the flight");
        world.asked(1);
    }
    assert_eq!(world.verify(&store, &token), GOOD);
    world.asked(2);
}
