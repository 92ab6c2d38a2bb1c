//! Written through: a hash is what it was until the database has taken what it is to be.

use gears_tests::{Client, ask};

use super::{THROUGH, acknowledged, with};
use crate::database::on_each;

/// Writes a person through, and returns the reply.
fn write(client: &mut Client, age: &str, operation: &str) -> String {
    let words = [
        "HSET",
        "__{person:1}",
        "first_name",
        "Ada",
        "last_name",
        "Lovelace",
        "age",
        age,
        "#",
        operation,
    ];
    client.ask(&words.map(str::as_bytes))
}

#[test]
fn hashes_are_in_the_database_before_they_are_here() {
    on_each(|database| {
        let (_server, mut client) = with(&database, THROUGH);
        assert_eq!(write(&mut client, "36", "=one"), ":4");
        // The client is answered when all is done.
        assert_eq!(
            database.query("select * from persons"),
            "1|Ada|Lovelace|36\n"
        );
        assert_eq!(ask!(client, "HGET", "person:1", "age"), r#"$"36""#);
        assert_eq!(ask!(client, "EXISTS", "__{person:1}"), ":0");
        let told = acknowledged(&mut client, "{person:1}one");
        assert!(told.contains(r#"[$"status", $"done"]"#), "{told}");

        // The other fields are those that the hash has.
        ask!(client, "HSET", "__{person:1}", "age", "37", "#", "=two");
        assert_eq!(
            database.query("select * from persons"),
            "1|Ada|Lovelace|37\n"
        );
        let person = ask!(client, "HMGET", "person:1", "first_name", "age", "#");
        assert_eq!(person, r#"[$"Ada", $"37", nil]"#);

        ask!(client, "HSET", "__{person:1}", "#", "~three");
        assert_eq!(database.query("select * from persons"), "");
        assert_eq!(ask!(client, "EXISTS", "person:1"), ":0");
        assert_eq!(database.query("select count(*) from history"), "3\n");
    });
}

#[test]
fn what_the_database_does_not_take_is_told_and_changes_nothing() {
    on_each(|mut database| {
        let (_server, mut client) = with(&database, THROUGH);
        write(&mut client, "36", "=one");
        acknowledged(&mut client, "{person:1}one");

        database.leave();
        write(&mut client, "50", "=two");
        let told = acknowledged(&mut client, "{person:1}two");
        assert!(
            told.contains(r#"$"status", $"failed", $"error", $""#),
            "{told}"
        );
        assert_eq!(ask!(client, "HGET", "person:1", "age"), r#"$"36""#);
        assert_eq!(ask!(client, "EXISTS", "__{person:1}"), ":0");

        database.come_back();
        assert_eq!(database.query("select age from persons"), "36\n");
        write(&mut client, "51", "=three");
        let told = acknowledged(&mut client, "{person:1}three");
        assert!(told.contains(r#"$"done""#), "{told}");
        assert_eq!(database.query("select age from persons"), "51\n");
        assert_eq!(ask!(client, "HGET", "person:1", "age"), r#"$"51""#);
    });
}
