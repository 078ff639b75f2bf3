//! The table `notes`: rows, constraints, and the policy "own rows only".

use super::super::USERS;
use super::column::{Cell, Column, State};
use super::fault::Fault;
use super::filter::Filter;
use super::query::Term;

/// Rows of one user.
pub(super) const MAX_ROWS: usize = 200;

/// A row; its cells are in the order of [`Column::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    cells: [Cell; 6],
}

/// What a statement writes into one row: columns with a value, and nothing for the rest.
pub(super) type Values = Vec<(Column, Cell)>;

/// What happens to a row whose key exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conflict {
    Refuse,
    Merge,
    Ignore,
}

/// Who asks, and when (microseconds since the epoch).
#[derive(Debug, Clone, Copy)]
pub(super) struct Session<'a> {
    pub(super) user: &'a str,
    pub(super) now: i64,
}

#[derive(Debug, Clone)]
pub(super) struct Table {
    rows: Vec<Row>,
    /// The last generated key.
    sequence: i64,
}

impl Row {
    pub(super) fn get(&self, column: Column) -> &Cell {
        &self.cells[column as usize]
    }

    fn set(&mut self, values: &Values) {
        for (column, cell) in values {
            self.cells[*column as usize] = cell.clone();
        }
    }

    fn is_of(&self, user: &str) -> bool {
        matches!(self.get(Column::UserId), Cell::Uuid(owner) if owner == user)
    }

    /// The policy first, then the constraints: PostgreSQL's order.
    fn check(&self, user: &str) -> Result<(), Fault> {
        if !self.is_of(user) {
            return Err(Fault::policy());
        }
        Column::ALL.into_iter().try_for_each(|column| column.check(self.get(column)))
    }
}

impl Table {
    /// The first notes: a few for each user, not the same.
    pub(super) fn seeded(now: i64) -> Self {
        let [ada, linus] = USERS.map(|user| user.id);
        let seeds: [(&str, &str, Option<&str>, State, i64); 7] = [
            (ada, "Translate Menabrea's memoir", Some("With notes of my own, longer than the memoir."), State::Done, 30),
            (linus, "Order vitamin C", Some("The large jar."), State::Done, 28),
            (ada, "Check the table for Bernoulli numbers", Some("Operation 4 looks wrong."), State::Open, 12),
            (linus, "Draw the alpha helix on paper", None, State::Open, 9),
            (ada, "Write to Babbage about the engine", None, State::Open, 3),
            (linus, "Answer the letter from Stockholm", Some("Both of them."), State::Open, 2),
            (ada, "Ask Mary Somerville for tea", None, State::Open, 1),
        ];
        let rows = (1..).zip(seeds).map(|(id, (user, title, body, state, days))| Row {
            cells: [
                Cell::Int(id),
                Cell::Uuid(user.into()),
                Cell::Text(title.into()),
                body.map_or(Cell::Null, |body| Cell::Text(body.into())),
                Cell::State(state),
                Cell::Time(now - days * 86_400_000_000),
            ],
        });
        let rows: Vec<Row> = rows.collect();
        Self { sequence: i64::try_from(rows.len()).unwrap_or_default(), rows }
    }

    /// The user's rows that pass, sorted.
    pub(super) fn select(&self, user: &str, filter: &Filter, order: &[Term]) -> Vec<Row> {
        let mut rows: Vec<Row> = self.rows.iter().filter(|row| row.is_of(user) && filter.accepts(row)).cloned().collect();
        rows.sort_by(|a, b| {
            let terms = order.iter().map(|term| {
                let (a, b) = (a.get(term.column), b.get(term.column));
                match (*a == Cell::Null, *b == Cell::Null) {
                    (false, false) if term.descending => b.cmp(a),
                    (false, false) => a.cmp(b),
                    (a, b) if term.nulls_first => b.cmp(&a),
                    (a, b) => a.cmp(&b),
                }
            });
            terms.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        });
        rows
    }

    /// Inserts all rows, or none; returns those written.
    pub(super) fn insert(&mut self, session: Session<'_>, rows: Vec<Values>, conflict: Conflict) -> Result<Vec<Row>, Fault> {
        let mut next = self.clone();
        let mut written = Vec::new();
        for values in rows {
            written.extend(next.put(session, &values, conflict)?);
        }
        if next.rows.iter().filter(|row| row.is_of(session.user)).count() > MAX_ROWS {
            let fault = Fault::bad("P0001", format!("the demo keeps at most {MAX_ROWS} notes of a user"));
            return Err(fault.hint("delete some notes first"));
        }
        *self = next;
        Ok(written)
    }

    fn put(&mut self, session: Session<'_>, values: &Values, conflict: Conflict) -> Result<Option<Row>, Fault> {
        let given = values.iter().find(|(column, _)| *column == Column::Id).map(|(_, id)| id.clone());
        let id = given.unwrap_or_else(|| self.next_id());
        let mut row = Row {
            cells: [
                id,
                Cell::Uuid(session.user.to_owned()),
                Cell::Null,
                Cell::Null,
                Cell::State(State::Open),
                Cell::Time(session.now),
            ],
        };
        row.set(values);
        row.check(session.user)?;
        let id = row.get(Column::Id).clone();
        let Some(at) = self.rows.iter().position(|row| *row.get(Column::Id) == id) else {
            self.rows.push(row.clone());
            return Ok(Some(row));
        };
        match conflict {
            Conflict::Refuse => Err(duplicate(&id)),
            Conflict::Ignore => Ok(None),
            Conflict::Merge => {
                let Some(existing) = self.rows.get_mut(at).filter(|row| row.is_of(session.user)) else {
                    let mut fault = Fault::policy();
                    fault.message = "new row violates row-level security policy (USING expression) for table \"notes\"".into();
                    return Err(fault);
                };
                let mut merged = existing.clone();
                merged.set(values);
                merged.check(session.user)?;
                *existing = merged.clone();
                Ok(Some(merged))
            }
        }
    }

    /// Changes the user's rows that pass, if `allowed` has nothing against their number: all, or none.
    pub(super) fn update(
        &mut self,
        user: &str,
        filter: &Filter,
        values: &Values,
        allowed: impl Fn(usize) -> Result<(), Fault>,
    ) -> Result<Vec<Row>, Fault> {
        let mut rows = self.rows.clone();
        let mut changed = Vec::new();
        for row in rows.iter_mut().filter(|row| row.is_of(user) && filter.accepts(row)) {
            row.set(values);
            row.check(user)?;
            changed.push(row.clone());
        }
        allowed(changed.len())?;
        if values.iter().any(|(column, _)| *column == Column::Id) {
            let mut ids: Vec<&Cell> = rows.iter().map(|row| row.get(Column::Id)).collect();
            ids.sort_unstable();
            if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
                return Err(duplicate(pair[0]));
            }
        }
        self.rows = rows;
        Ok(changed)
    }

    /// Deletes the user's rows that pass, if `allowed` has nothing against their number.
    pub(super) fn delete(
        &mut self,
        user: &str,
        filter: &Filter,
        allowed: impl Fn(usize) -> Result<(), Fault>,
    ) -> Result<Vec<Row>, Fault> {
        let (gone, kept): (Vec<Row>, Vec<Row>) =
            self.rows.iter().cloned().partition(|row| row.is_of(user) && filter.accepts(row));
        allowed(gone.len())?;
        self.rows = kept;
        Ok(gone)
    }

    fn next_id(&mut self) -> Cell {
        loop {
            self.sequence = self.sequence.wrapping_add(1).max(1);
            let id = Cell::Int(self.sequence);
            // Callers may write keys of their own. There are never more rows than integers.
            if self.rows.iter().all(|row| *row.get(Column::Id) != id) {
                return id;
            }
        }
    }
}

fn duplicate(id: &Cell) -> Fault {
    let mut fault = Fault::bad("23505", "duplicate key value violates unique constraint \"notes_pkey\"");
    fault.status = http::StatusCode::CONFLICT;
    fault.details(format!("Key (id)=({}) already exists.", id.json()))
}
