//! What an operator declares: which tables, views and functions become tools, and how much of each.
//!
//! A [`Declaration`] that exists is sound: every column it refers to is one of its table's, every name fits where it is used,
//! every limit is within its bounds. Only [`Declaration::parse`] makes one.

use std::{collections::BTreeSet, sync::Arc};

use crate::identity::Claim;

/// A whole document.
#[derive(Debug, Clone)]
pub struct Declaration {
    pub(crate) limits: Limits,
    /// Fence rows in the text for the model, so that it can tell data from instructions.
    pub(crate) wrap: bool,
    /// Tables and views, by name.
    pub(crate) tables: Vec<Table>,
    /// By name.
    pub(crate) functions: Vec<Function>,
}

/// What holds for every call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Bytes of rows in one result.
    pub(crate) bytes: usize,
    /// Seconds for one call, retries included.
    pub(crate) seconds: u64,
    /// Where PostgREST itself cuts (`db-max-rows`); 1,000 on hosted Supabase.
    pub(crate) server_rows: u32,
}

/// A table or view.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// In tool names and resource URIs: `[A-Za-z0-9_-]`, at most 48 characters.
    pub(crate) name: String,
    /// Sent as `Accept-Profile` or `Content-Profile`; `None` is PostgREST's first schema.
    pub(crate) schema: Option<String>,
    /// Its name in the database.
    pub(crate) relation: String,
    pub(crate) view: bool,
    pub(crate) description: Option<String>,
    /// In the order of the document.
    pub(crate) columns: Vec<Arc<Column>>,
    /// What identifies a row; may be empty where only `select` and `insert` are allowed.
    pub(crate) key: Vec<Arc<Column>>,
    pub(crate) actions: BTreeSet<Action>,
    /// Order of rows when the caller names none.
    pub(crate) order: Vec<Order>,
    pub(crate) rows: Rows,
    /// Most rows one write may touch.
    pub(crate) max_affected: u32,
    /// Every select, update and delete must filter by each of these.
    pub(crate) required: Vec<Arc<Column>>,
    pub(crate) access: Access,
}

impl Table {
    /// What it is called in messages.
    pub(crate) fn what(&self) -> String {
        format!("{} {}", if self.view { "view" } else { "table" }, self.name)
    }
}

/// How many rows a read returns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    /// When the caller does not say.
    pub(crate) default: u32,
    /// At most; lower than [`Limits::server_rows`].
    pub(crate) max: u32,
}

/// What may be done with a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Action {
    Select,
    Insert,
    Update,
    Upsert,
    Delete,
}

/// A column as callers see it.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// In arguments and results: `[A-Za-z0-9_.-]`, at most 64 characters.
    pub(crate) name: String,
    /// Its name in the database.
    pub(crate) source: String,
    pub(crate) kind: Type,
    pub(crate) description: Option<String>,
    /// May be selected, and be sorted by if its type has an order.
    pub(crate) read: bool,
    /// Operators it may be filtered with.
    pub(crate) operators: Vec<Operator>,
    pub(crate) insert: bool,
    pub(crate) update: bool,
    /// An inserted row must have it.
    pub(crate) required: bool,
    /// May be given as null.
    pub(crate) nullable: bool,
    /// Most characters of a text given for it.
    pub(crate) max_length: Option<u32>,
}

/// The type of a column or argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Type {
    pub(crate) base: Base,
    /// A one-dimensional array of it.
    pub(crate) array: bool,
}

/// PostgreSQL's types, as far as JSON can tell them apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Base {
    Boolean,
    /// `smallint`, `integer`, `bigint`.
    Integer(Width),
    /// Exact decimals: strings in JSON, because a double would round them.
    Numeric,
    /// `real`, `double precision`.
    Float,
    Text,
    Uuid,
    /// `2026-11-21`
    Date,
    /// `13:45:00`
    Time,
    /// `2026-11-21T13:45:00`
    Timestamp,
    /// `2026-11-21T13:45:00Z`
    TimestampTz,
    Interval,
    /// `json`, `jsonb`: any JSON.
    Json,
    /// `\x` and hexadecimal digits.
    Bytea,
    /// One of these labels.
    Enum(Vec<String>),
}

/// Of an integer, in bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    W16,
    W32,
    W64,
}

/// How a column may be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operator {
    Eq,
    Neq,
    Gt,
    Gte,
    Lt,
    Lte,
    In,
    NotIn,
    Like,
    Ilike,
    IsNull,
    /// Full-text search in web-search syntax.
    Search,
    Contains,
    ContainedBy,
    Overlaps,
}

/// One term of an order.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) column: Arc<Column>,
    pub(crate) descending: bool,
}

/// A database function.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    /// In the tool's name, `rpc_{name}`.
    pub(crate) name: String,
    pub(crate) schema: Option<String>,
    /// Its name in the database.
    pub(crate) routine: String,
    pub(crate) description: Option<String>,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) returns: Returns,
    /// It changes nothing, so a failed call may be repeated.
    pub(crate) read_only: bool,
    pub(crate) destructive: bool,
    pub(crate) idempotent: bool,
    /// Of a function that returns rows.
    pub(crate) rows: Rows,
    pub(crate) access: Access,
}

impl Function {
    /// What it is called in messages.
    pub(crate) fn what(&self) -> String {
        format!("function {}", self.name)
    }
}

/// An argument of a function.
#[derive(Debug, Clone)]
pub(crate) struct Argument {
    /// As callers write it.
    pub(crate) name: String,
    /// Its name in the database.
    pub(crate) source: String,
    pub(crate) kind: Type,
    pub(crate) description: Option<String>,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    pub(crate) max_length: Option<u32>,
}

/// What a function returns.
#[derive(Debug, Clone)]
pub(crate) enum Returns {
    /// Nothing.
    Void,
    /// One value.
    Value(Type),
    /// `setof` rows or `table (…)`.
    Rows(Vec<Arc<Column>>),
}

/// Who may use it, beyond being signed in. Row-level security still has the last word.
#[derive(Debug, Clone, Default)]
pub(crate) struct Access {
    /// Scopes the token must have; without them 403 `insufficient_scope`.
    pub(crate) scopes: Vec<String>,
    /// Claims the token must have; without them the tool does not exist for the caller.
    pub(crate) claims: Vec<Claim>,
}
