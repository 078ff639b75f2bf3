//! Declarations for tests.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::declaration::{
    Access, Action, Argument, Base, Column, Function, Limits, Operator, Order, Returns, Rows, Table, Type, Width,
};

pub(super) const LIMITS: Limits = Limits { bytes: 262_144, seconds: 6, server_rows: 1_000 };

/// The type `base`.
pub(super) fn of(base: Base) -> Type {
    Type { base, array: false }
}

/// The type `base[]`.
pub(super) fn array_of(base: Base) -> Type {
    Type { base, array: true }
}

/// A column with every permission and every operator.
pub(super) fn column(name: &str, kind: Type) -> Column {
    use Operator::*;
    Column {
        name: name.to_owned(),
        source: name.to_owned(),
        kind,
        description: None,
        read: true,
        operators: vec![Eq, Neq, Gt, Gte, Lt, Lte, In, NotIn, Like, Ilike, IsNull, Search, Contains, ContainedBy, Overlaps],
        insert: true,
        update: true,
        required: false,
        nullable: true,
        max_length: None,
    }
}

/// A table of a key, a secret and columns of many types.
pub(super) fn notes() -> Table {
    let id = Column { update: false, nullable: false, ..column("id", of(Base::Integer(Width::W64))) };
    let title = Column {
        required: true,
        max_length: Some(10),
        description: Some("What it is about.".to_owned()),
        ..column("title", of(Base::Text))
    };
    let state = Column {
        source: "State \"x\"".to_owned(),
        operators: vec![Operator::Eq, Operator::In],
        ..column("state", of(Base::Enum(vec!["open".to_owned(), "done".to_owned()])))
    };
    let secret = Column { read: false, operators: vec![], ..column("secret", of(Base::Text)) };
    let locked = Column { insert: false, update: false, ..column("locked", of(Base::Boolean)) };
    let columns: Vec<Arc<Column>> = [
        id,
        title,
        state,
        secret,
        locked,
        column("price", of(Base::Numeric)),
        column("score", of(Base::Float)),
        column("tags", array_of(Base::Text)),
        column("meta", of(Base::Json)),
        column("created_at", of(Base::TimestampTz)),
    ]
    .into_iter()
    .map(Arc::new)
    .collect();
    let key = vec![columns[0].clone()];
    Table {
        name: "notes".to_owned(),
        schema: Some("app".to_owned()),
        relation: "notes".to_owned(),
        view: false,
        description: Some("The user's notes.".to_owned()),
        key,
        actions: [Action::Select, Action::Insert, Action::Update, Action::Upsert, Action::Delete].into(),
        order: vec![Order { column: columns[9].clone(), descending: true }],
        columns,
        rows: Rows { default: 50, max: 200 },
        max_affected: 20,
        required: vec![],
        access: Access::default(),
    }
}

/// Two key columns, one of which every call must filter by.
pub(super) fn members() -> Table {
    let team = Arc::new(Column { update: false, nullable: false, ..column("team_id", of(Base::Uuid)) });
    let user = Arc::new(Column { update: false, nullable: false, ..column("user_id", of(Base::Integer(Width::W32))) });
    let role = Arc::new(column("role", of(Base::Text)));
    let key = vec![team.clone(), user.clone()];
    Table {
        name: "members".to_owned(),
        schema: None,
        relation: "members".to_owned(),
        order: key.iter().map(|column| Order { column: column.clone(), descending: false }).collect(),
        columns: vec![team.clone(), user, role],
        key,
        required: vec![team],
        ..notes()
    }
}

/// An argument that may be left out.
pub(super) fn argument(name: &str, kind: Type) -> Argument {
    Argument {
        name: name.to_owned(),
        source: name.to_owned(),
        kind,
        description: None,
        required: false,
        nullable: false,
        max_length: None,
    }
}

/// A function of two arguments.
pub(super) fn search_notes(returns: Returns) -> Function {
    Function {
        name: "search_notes".to_owned(),
        schema: Some("app".to_owned()),
        routine: "search notes".to_owned(),
        description: None,
        arguments: vec![
            Argument { source: "q".to_owned(), required: true, max_length: Some(5), ..argument("query", of(Base::Text)) },
            argument("most", of(Base::Integer(Width::W32))),
        ],
        returns,
        read_only: true,
        destructive: false,
        idempotent: true,
        rows: Rows { default: 2, max: 3 },
        access: Access::default(),
    }
}

/// Arguments from `json!`.
pub(super) fn arguments(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("not an object: {other}"),
    }
}
