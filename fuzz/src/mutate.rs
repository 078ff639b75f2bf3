//! Cases from a corpus: spliced, bent and broken, and often mended so that they get past the first check.

mod bend;
mod mend;
mod words;

use std::{
    collections::BTreeMap,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::Value;

use crate::{answer, case::Case, judge::judge};

/// Of this many cases, one is judged by the schemas too.
const SAMPLE: u64 = 4;
/// Sealed states and cursors that are tried again.
const MAX_FOUND: usize = 200;

/// Cases by the status of their answers.
pub type Seen = BTreeMap<u16, u64>;

/// Tries so many cases.
///
/// # Errors
/// The first case with a fault, as text to be put into the corpus.
pub fn campaign(cases: u64, seed: u64) -> Result<Seen, String> {
    let mut source = Source::new(seed)?;
    let mut seen = Seen::new();
    for number in 0..cases {
        let case = source.next();
        let tried = catch_unwind(AssertUnwindSafe(|| {
            let Some(answer) = answer(&case) else { return Ok(None) };
            judge(&case, &answer, number % SAMPLE == 0).map(|()| Some(answer))
        }));
        let fault = match tried {
            Ok(Ok(None)) => continue,
            Ok(Ok(Some(answer))) => {
                *seen.entry(answer.status.as_u16()).or_default() += 1;
                source.learn(&answer.body);
                continue;
            }
            Ok(Err(fault)) => fault,
            Err(_) => "a panic, see above".to_owned(),
        };
        let text = String::from_utf8_lossy(&case.to_bytes()).into_owned();
        return Err(format!("case {number} from seed {seed}: {fault}\n--- the case\n{text}\n---"));
    }
    Ok(seen)
}

/// Where cases come from.
struct Source {
    random: StdRng,
    corpus: Vec<Case>,
    /// Sealed states and cursors that the server gave out.
    found: Vec<String>,
}

impl Source {
    fn new(seed: u64) -> Result<Self, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        let mut paths: Vec<_> =
            fs::read_dir(&folder).map_err(|error| error.to_string())?.flatten().map(|file| file.path()).collect();
        paths.sort_unstable();
        let read = |path| fs::read(path).map(|bytes| Case::parse(&bytes)).map_err(|error| error.to_string());
        let corpus = paths.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        if corpus.is_empty() {
            return Err("the corpus is empty".to_owned());
        }
        Ok(Self { random: StdRng::seed_from_u64(seed), corpus, found: Vec::new() })
    }

    fn learn(&mut self, answer: &[u8]) {
        let Ok(answer) = serde_json::from_slice::<Value>(answer) else { return };
        for member in ["requestState", "nextCursor"] {
            if let Some(text) = answer["result"][member].as_str() {
                if self.found.len() < MAX_FOUND {
                    self.found.push(text.to_owned());
                } else {
                    let place = self.random.random_range(0..MAX_FOUND);
                    text.clone_into(&mut self.found[place]);
                }
            }
        }
    }

    fn next(&mut self) -> Case {
        let mut case = self.pick();
        case.seed = self.random.random();
        if self.one_in(20) {
            case.body = self.pick().body;
        }
        for _ in 0..self.random.random_range(0..5) {
            match self.random.random_range(0..10) {
                0 => self.bend_head(&mut case),
                1 | 2 => self.bend_headers(&mut case),
                3 => self.bend_bytes(&mut case.body),
                _ => self.bend_json(&mut case.body),
            }
        }
        if !self.one_in(3) {
            self.mend(&mut case);
        }
        case
    }

    fn one_in(&mut self, count: u32) -> bool {
        self.random.random_range(0..count) == 0
    }

    fn pick(&mut self) -> Case {
        self.corpus.choose(&mut self.random).cloned().unwrap_or_default()
    }

    fn word(&mut self, words: &[&str]) -> String {
        words.choose(&mut self.random).copied().unwrap_or_default().to_owned()
    }
}
