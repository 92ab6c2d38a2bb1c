//! Written behind: the command is answered, and the database follows.

use gears_tests::{TestServer, ask, until};

use super::{
    BEHIND, HISTORY, acknowledged, install, offline, person, stream, until_empty, until_rows, with,
};
use crate::database::on_each;

#[test]
fn hashes_are_mapped_to_rows_of_their_tables() {
    on_each(|database| {
        let (_server, mut client) = with(&database, BEHIND);
        assert_eq!(person(&mut client, "person:1", "36"), ":3");
        assert_eq!(person(&mut client, "person:2", "1"), ":3");
        assert_eq!(
            ask!(client, "HSET", "car:7", "id", "7", "color", "red"),
            ":2"
        );
        // Of no prefix that a recipe has.
        person(&mut client, "pet:1", "3");
        let persons = "select person_id, first, last, age from persons order by person_id";
        until_rows(&database, persons, "1|Ada|Lovelace|36\n2|Ada|Lovelace|1\n");
        until_rows(&database, "select * from cars", "7|7|red\n");

        ask!(
            client,
            "HSET",
            "person:1",
            "age",
            "37",
            "first_name",
            "Augusta"
        );
        ask!(client, "HSET", "car:7", "color", "ünïcödé '; --");
        until_rows(
            &database,
            persons,
            "1|Augusta|Lovelace|37\n2|Ada|Lovelace|1\n",
        );
        until_rows(&database, "select * from cars", "7|7|ünïcödé '; --\n");

        assert_eq!(ask!(client, "DEL", "person:1"), ":1");
        until_rows(&database, persons, "2|Ada|Lovelace|1\n");
        assert_eq!(ask!(client, "EXISTS", "person:1", "person:2"), ":1");
    });
}

#[test]
fn a_field_says_what_is_written_and_who_is_told() {
    on_each(|database| {
        let (_server, mut client) = with(&database, BEHIND);
        let mut write = |key: &str, operation: &str| {
            let words = [
                "HSET",
                key,
                "first_name",
                "A",
                "last_name",
                "B",
                "age",
                "1",
                "#",
                operation,
            ];
            client.ask(&words.map(str::as_bytes));
        };
        write("person:kept", "+");
        write("person:told", "=one");
        let told = acknowledged(&mut client, "{person:told}one");
        assert!(told.contains(r#"[$"status", $"done"]"#), "{told}");
        assert_eq!(database.query(HISTORY), "told|1\n");
        let kept = ask!(client, "HGETALL", "person:kept");
        assert_eq!(
            kept,
            r#"[$"first_name", $"A", $"last_name", $"B", $"age", $"1"]"#
        );

        // Gone here alone, and gone on both sides.
        ask!(client, "HSET", "person:kept", "#", "-");
        ask!(client, "HSET", "person:told", "#", "~two");
        acknowledged(&mut client, "{person:told}two");
        assert_eq!(database.query(HISTORY), "told|1\ntold|gone\n");
        assert_eq!(ask!(client, "EXISTS", "person:kept", "person:told"), ":0");

        // What the mapping asks for and is not there is a failure, and nothing is written.
        ask!(client, "HSET", "person:part", "age", "5");
        let registrations = client.ask(&[b"RG.DUMPREGISTRATIONS"]);
        assert!(
            registrations.contains("Could not find first_name in hash person:part"),
            "{registrations}"
        );
        let stream = stream(&mut client);
        assert_eq!(ask!(client, "XLEN", stream), ":0");
    });
}

#[test]
fn what_is_written_while_the_database_is_away_is_caught_up_with_in_order() {
    on_each(|mut database| {
        let (_server, mut client) = with(&database, BEHIND);
        person(&mut client, "person:0", "0");
        until_rows(&database, HISTORY, "0|0\n");
        until_empty(&mut client);

        database.leave();
        let mut expected = "0|0\n".to_owned();
        for age in 1..=150 {
            let id = age % 3;
            person(&mut client, &format!("person:{id}"), &age.to_string());
            expected.push_str(&format!("{id}|{age}\n"));
        }
        ask!(client, "DEL", "person:2");
        expected.push_str("2|gone\n");
        let stream = stream(&mut client);
        assert_eq!(ask!(client, "XLEN", stream), ":151");
        until("failure that is tried again", || {
            let registrations = client.ask(&[b"RG.DUMPREGISTRATIONS"]);
            registrations.contains("rror=").then_some(())
        });
        assert_eq!(ask!(client, "XLEN", stream), ":151");

        database.come_back();
        until_rows(&database, HISTORY, &expected);
        until_empty(&mut client);
        let ages = "select person_id, age from persons order by person_id";
        assert_eq!(database.query(ages), "0|150\n1|148\n");
    });
}

#[test]
fn what_was_pending_when_the_server_was_killed_is_written_afterwards() {
    on_each(|mut database| {
        let always = ["--appendonly", "yes", "--appendfsync", "always"];
        let mut server = TestServer::of(offline().server_args(always));
        let mut client = server.client();
        install(&mut client, &database, BEHIND);
        person(&mut client, "person:0", "0");
        until_rows(&database, HISTORY, "0|0\n");
        until_empty(&mut client);
        database.leave();
        let mut expected = "0|0\n".to_owned();
        for age in 1..=20 {
            person(&mut client, "person:1", &age.to_string());
            expected.push_str(&format!("1|{age}\n"));
        }
        server.private_mut().kill();
        server.private_mut().restart().unwrap();
        let mut client = server.client();
        person(&mut client, "person:2", "2");
        expected.push_str("2|2\n");
        database.come_back();
        until_rows(&database, HISTORY, &expected);
    });
}
