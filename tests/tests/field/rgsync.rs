//! rgsync from PyPI: hashes are written to tables of a database, behind the command or through it.
//!
//! Every test is done with a file of SQLite, and with a real PostgreSQL where there is one.

mod behind;
mod beside;
mod connectors;
mod through;
mod versions;

use gears_runtime::embedded::Builder;
use gears_tests::{Client, LONG_DEADLINE, TestServer, ask, until};

use crate::database::Database;
use crate::shelf;

/// Writes behind: persons and cars, each with a connector of their own over one connection.
const BEHIND: &str = "
persons = CONNECTOR(connection, 'persons', 'person_id')
RGWriteBehind(GB, keysPrefix='person', mappings={'first_name': 'first', 'last_name': 'last', 'age': 'age'},
              connector=persons, name='PersonsWriteBehind', version='99.99.99', onFailedRetryInterval=1)
cars = CONNECTOR(connection, 'cars', 'car_id')
RGWriteBehind(GB, keysPrefix='car', mappings={'id': 'id', 'color': 'color'},
              connector=cars, name='CarsWriteBehind', version='99.99.99', onFailedRetryInterval=1)
";

/// Writes persons through.
const THROUGH: &str = "
persons = CONNECTOR(connection, 'persons', 'person_id')
RGWriteThrough(GB, keysPrefix='__', mappings={'first_name': 'first', 'last_name': 'last', 'age': 'age'},
               connector=persons, name='PersonsWriteThrough', version='99.99.99')
";

/// The changes of persons in the order in which the database saw them.
const HISTORY: &str = "select id, age from history order by n";

fn offline() -> Builder {
    shelf::offline("rgsync")
}

/// Runs a recipe, in which `CONNECTOR` stands for the class and `connection` for the connection.
fn install(client: &mut Client, database: &Database, recipe: &str) {
    let reply = try_install(client, database, recipe);
    assert_eq!(reply, "+OK", "{recipe}");
}

fn try_install(client: &mut Client, database: &Database, recipe: &str) -> String {
    let (connector, connection) = database.names();
    let script = format!(
        "from rgsync import RGWriteBehind, RGWriteThrough\nfrom rgsync.Connectors import *\n\
         connection = {connection}\n{}",
        recipe.replace("CONNECTOR", connector)
    );
    let words = [
        "RG.PYEXECUTE",
        &script,
        "REQUIREMENTS",
        "rgsync",
        "psycopg2-binary",
    ];
    client.wait_at_most(LONG_DEADLINE);
    client.ask(&words.map(str::as_bytes))
}

/// Starts a server that runs a recipe.
fn with(database: &Database, recipe: &str) -> (TestServer, Client) {
    let server = TestServer::of(offline());
    let mut client = server.client();
    install(&mut client, database, recipe);
    (server, client)
}

/// Sets all that is written of a person; returns the reply.
fn person(client: &mut Client, key: &str, age: &str) -> String {
    ask!(
        client,
        "HSET",
        key,
        "first_name",
        "Ada",
        "last_name",
        "Lovelace",
        "age",
        age
    )
}

/// Waits until a query brings this.
fn until_rows(database: &Database, sql: &str, rows: &str) {
    until(rows, || (database.query(sql) == rows).then_some(()));
}

/// Names the stream of the persons, whose name has a part by chance.
fn stream(client: &mut Client) -> String {
    let names = ask!(client, "KEYS", "_persons-stream-*");
    names.trim_matches(|char| "[]$\"".contains(char)).to_owned()
}

/// Waits until what is in the database has left the stream of the persons: before that, a server that is killed writes
/// it once more.
fn until_empty(client: &mut Client) {
    let stream = stream(client);
    until("empty stream", || {
        (ask!(client, "XLEN", stream) == ":0").then_some(())
    });
}

/// Tells what became of a write: the entries of the stream that its acknowledgement comes in.
fn acknowledged(client: &mut Client, stream: &str) -> String {
    until("acknowledgement", || {
        let entries = ask!(client, "XRANGE", stream, "-", "+");
        (entries != "[]").then_some(entries)
    })
}
