//! Databases that recipes write to, which tests ask afterwards what is in them.

mod postgres;
mod sqlite;

use self::{postgres::Postgres, sqlite::Sqlite};

/// A database with the tables `persons` and `cars`, and `history`, which has a row for each change of a person.
pub(crate) enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Database {
    /// Runs SQL, and returns the rows: a line each, with `|` between the columns.
    pub(crate) fn query(&self, sql: &str) -> String {
        match self {
            Self::Sqlite(database) => database.query(sql),
            Self::Postgres(database) => database.query(sql),
        }
    }

    /// Returns rgsync's class of connectors for it, and the expression that makes a connection.
    pub(crate) fn names(&self) -> (&'static str, String) {
        match self {
            Self::Sqlite(database) => ("SQLiteConnector", database.connection()),
            Self::Postgres(database) => ("PostgresConnector", database.connection()),
        }
    }

    /// Makes it refuse whoever writes persons.
    pub(crate) fn leave(&mut self) {
        match self {
            // A file is never away: here it is the table.
            Self::Sqlite(database) => drop(database.query("alter table persons rename to away")),
            Self::Postgres(database) => database.stop(),
        }
    }

    /// Makes it take them again.
    pub(crate) fn come_back(&mut self) {
        match self {
            Self::Sqlite(database) => drop(database.query("alter table away rename to persons")),
            Self::Postgres(database) => database.start(),
        }
    }
}

/// Does something with each database that this machine has: a file of SQLite always, and PostgreSQL where its
/// programs are.
pub(crate) fn on_each(test: impl Fn(Database)) {
    let sqlite = Sqlite::make();
    for sql in [
        "create table persons (person_id text primary key, first text, last text, age integer)",
        "create table cars (car_id text primary key, id integer, color text)",
        "create table history (n integer primary key autoincrement, id text, age text)",
        "create trigger written after insert on persons begin \
         insert into history (id, age) values (new.person_id, new.age); end",
        "create trigger deleted after delete on persons begin \
         insert into history (id, age) values (old.person_id, 'gone'); end",
    ] {
        sqlite.query(sql);
    }
    test(Database::Sqlite(sqlite));

    let Some(postgres) = Postgres::make() else {
        eprintln!("PostgreSQL is not on this machine: tried with SQLite alone");
        return;
    };
    for sql in [
        "create table persons (person_id text primary key, first text, last text, age integer)",
        "create table cars (car_id text primary key, id integer, color text)",
        "create table history (n serial, id text, age text)",
        "create function note() returns trigger as $$ begin \
         insert into history (id, age) values (\
         coalesce(new.person_id, old.person_id), coalesce(new.age::text, 'gone')); \
         return null; end $$ language plpgsql",
        "create trigger noted after insert or update or delete on persons for each row execute function note()",
    ] {
        postgres.query(sql);
    }
    test(Database::Postgres(postgres));
}
