//! A recipe takes its older versions out, and gives way to newer ones.

use gears_tests::Client;

use super::{HISTORY, person, try_install, until_rows, with};
use crate::database::on_each;

const PERSONS: &str = "
RGWriteBehind(GB, keysPrefix='person', mappings={'first_name': 'first', 'last_name': 'last', 'age': 'age'},
              connector=CONNECTOR(connection, 'persons', 'person_id'), name='Persons', version='VERSION')
";

fn versions(client: &mut Client) -> Vec<String> {
    let listed = client.ask(&[b"RG.DUMPREGISTRATIONS"]);
    let parts = listed.split(r#"\"version\": \""#).skip(1);
    parts
        .map(|part| part.split('\\').next().unwrap().to_owned())
        .collect()
}

#[test]
fn newer_versions_take_the_place_of_older_ones() {
    on_each(|database| {
        let (_server, mut client) = with(&database, &PERSONS.replace("VERSION", "1.2.0"));
        assert_eq!(versions(&mut client), ["1.2.0", "1.2.0"]);
        let reply = try_install(
            &mut client,
            &database,
            &PERSONS.replace("VERSION", "1.10.0"),
        );
        assert_eq!(reply, "+OK");
        assert_eq!(versions(&mut client), ["1.10.0", "1.10.0"]);
        let reply = try_install(&mut client, &database, &PERSONS.replace("VERSION", "1.9.0"));
        assert!(
            reply.contains("Found a version which is greater or equals"),
            "{reply}"
        );
        assert_eq!(versions(&mut client), ["1.10.0", "1.10.0"]);
        person(&mut client, "person:1", "36");
        until_rows(&database, HISTORY, "1|36\n");
    });
}
