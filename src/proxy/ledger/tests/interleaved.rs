//! Many at one family, their steps in any order, some of them dying at any step.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// Somebody presents the newest token or one before it.
    Present { back: u64, gives_back: bool, upstream: u8 },
    /// One of those at work makes one step.
    Go(usize),
    /// One of those at work is never heard of again.
    Die(usize),
    /// Seconds pass.
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..3_u64, prop::bool::weighted(0.2), 0..4_u8)
            .prop_map(|(back, gives_back, upstream)| Step::Present { back, gives_back, upstream }),
        30 => any::<usize>().prop_map(Step::Go),
        1 => any::<usize>().prop_map(Step::Die),
        2 => prop_oneof![4 => 0..3_u64, 2 => 3..16_u64, 1 => 16..40_u64].prop_map(Step::Pass),
    ]
}

/// What everybody outside the ledger can know.
#[derive(Default)]
struct World {
    clock: Cell<UnixTime>,
    /// Per generation: the answer that somebody got, and when the first of them did.
    given: RefCell<BTreeMap<u64, (String, UnixTime)>>,
    /// Generation, and since when somebody asks the upstream; who it is, is the key.
    asking: RefCell<BTreeMap<usize, (u64, UnixTime)>>,
    /// Who is in `take_turn` or `give_back`, and since when.
    inside: RefCell<BTreeMap<usize, UnixTime>>,
    /// Whether one of those took so long that others took it for dead. Then two may ask the upstream, and still one answers.
    slow: Cell<bool>,
    /// Who is in `finish`.
    finishing: RefCell<Vec<usize>>,
    died: Cell<usize>,
    died_finishing: Cell<bool>,
}

impl World {
    fn give(&self, generation: u64, answer: &str) {
        let mut given = self.given.borrow_mut();
        let (first, _) = given.entry(generation).or_insert_with(|| (answer.to_owned(), self.clock.get()));
        assert_eq!(first, answer, "two answers to generation {generation}");
    }

    /// The newest token that anybody has.
    fn newest(&self) -> u64 {
        self.given.borrow().keys().last().map_or(0, |generation| generation + 1)
    }
}

async fn upstream(steps: u8) {
    for _ in 0..steps {
        let mut waited = false;
        std::future::poll_fn(|_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}

/// Presents a token and does what the caller of the ledger is to do.
async fn present(world: &World, store: &Memory, who: usize, generation: u64, gives_back: bool, steps: u8) {
    let ledger = Ledger(store);
    let now = world.clock.get();
    let must_be_reused = {
        let given = world.given.borrow();
        given.contains_key(&(generation + 1)) || given.get(&generation).is_some_and(|(_, at)| now >= at + WINDOW)
    };
    world.inside.borrow_mut().insert(who, now);
    let turn = ledger.take_turn("g", generation, now).await.unwrap();
    world.inside.borrow_mut().remove(&who);
    if must_be_reused {
        assert_eq!(turn, Turn::Reused, "generation {generation}");
    }
    match turn {
        Turn::First(attempt) => {
            for (other, since) in world.asking.borrow().values().filter(|(other, _)| *other == generation) {
                assert!(world.slow.get() || now >= since + PATIENCE, "two ask the upstream for generation {other}");
            }
            assert!(!world.given.borrow().contains_key(&generation), "the upstream is asked again");
            world.asking.borrow_mut().insert(who, (generation, now));
            upstream(steps).await;
            world.asking.borrow_mut().remove(&who);
            if gives_back {
                world.inside.borrow_mut().insert(who, world.clock.get());
                ledger.give_back("g", generation, attempt).await.unwrap();
                world.inside.borrow_mut().remove(&who);
                return;
            }
            world.finishing.borrow_mut().push(who);
            let answer = format!("answer {who}");
            if ledger.finish("g", generation, &answer, UNTIL + DAY, world.clock.get()).await.unwrap() {
                world.give(generation, &answer);
            }
            world.finishing.borrow_mut().retain(|other| *other != who);
        }
        Turn::Replay(answer) => world.give(generation, &answer),
        Turn::Wait | Turn::Reused | Turn::Lost => {}
    }
}

type Work<'a> = (usize, Pin<Box<dyn Future<Output = ()> + 'a>>);

fn go(work: &mut Vec<Work<'_>>, index: usize) {
    let mut context = Context::from_waker(Waker::noop());
    if work[index].1.as_mut().poll(&mut context).is_ready() {
        drop(work.swap_remove(index));
    }
}

fn run(steps: &[Step]) {
    let store = begun();
    let world = World { clock: Cell::new(NOW), ..World::default() };
    let mut work: Vec<Work<'_>> = Vec::new();
    for (who, step) in steps.iter().enumerate() {
        match *step {
            Step::Present { back, gives_back, upstream } => {
                let generation = world.newest().saturating_sub(back);
                work.push((who, Box::pin(present(&world, &store, who, generation, gives_back, upstream))));
            }
            Step::Go(index) if !work.is_empty() => {
                let index = index % work.len();
                go(&mut work, index);
            }
            Step::Die(index) if !work.is_empty() => {
                let (who, dead) = work.swap_remove(index % work.len());
                drop(dead);
                world.died.set(world.died.get() + 1);
                world.asking.borrow_mut().remove(&who);
                world.inside.borrow_mut().remove(&who);
                if world.finishing.borrow().contains(&who) {
                    world.died_finishing.set(true);
                }
            }
            Step::Pass(seconds) => {
                let now = world.clock.get() + seconds;
                world.clock.set(now);
                let slow = world.inside.borrow().values().any(|since| now - since >= PATIENCE);
                world.slow.set(world.slow.get() || slow);
            }
            Step::Go(_) | Step::Die(_) => {}
        }
    }
    while !work.is_empty() {
        go(&mut work, 0);
    }
    // Whatever happened, whoever has the newest token gets on, and nobody waits for ever.
    let newest = world.newest();
    let mut lost = false;
    for round in 0.. {
        assert!(round < 3 + 2 * steps.len(), "locked out");
        world.clock.set(world.clock.get() + PATIENCE);
        match take(&store, newest, world.clock.get()) {
            Turn::First(_) => {
                assert!(finish(&store, newest, "the end", world.clock.get()) || world.died_finishing.get(), "nobody can answer");
                break;
            }
            Turn::Wait => {}
            // Answered by one who died before it could say so.
            Turn::Replay(_) | Turn::Reused | Turn::Lost => {
                assert!(world.died_finishing.get(), "signed out without a cause");
                lost = true;
                break;
            }
        }
    }
    if world.died.get() == 0 && !world.slow.get() && !lost {
        let old = |key: &String| {
            let mut words = key.split(':').skip(1);
            let is_turn = matches!(words.next(), Some("turn" | "since" | "answered"));
            let is_old = is_turn && words.nth(1).is_some_and(|generation| generation.parse::<u64>().unwrap() < newest);
            // Counters of later attempts may be missed: see `clear`.
            is_old && words.next().is_none_or(|attempt| attempt.parse::<u64>().unwrap() < 2)
        };
        assert_eq!(store.keys().into_iter().filter(old).collect::<Vec<_>>(), [""; 0], "left over");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_gets_a_second_answer_and_nobody_is_locked_out(steps in prop::collection::vec(step(), 0..300)) {
        run(&steps);
    }
}
