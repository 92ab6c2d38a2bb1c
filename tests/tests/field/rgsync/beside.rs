//! Beside functions of others, which use the redis-py that a recipe has brought.

use gears_tests::{TestServer, ask, until};

use super::{BEHIND, HISTORY, install, offline, person, try_install, until_empty, until_rows};
use crate::database::on_each;

#[test]
fn functions_that_use_cmd_run_beside_a_recipe_and_after_a_restart() {
    on_each(|database| {
        let always = ["--appendonly", "yes", "--appendfsync", "always"];
        let mut server = TestServer::of(offline().server_args(always));
        let mut client = server.client();
        install(&mut client, &database, BEHIND);
        client.install(
            "GB('KeysReader').foreach(lambda r: cmd.incr('writes')).register('*', eventTypes=['hset'], mode='sync')",
        );
        person(&mut client, "person:1", "1");
        until_rows(&database, HISTORY, "1|1\n");
        assert_eq!(ask!(client, "GET", "writes"), r#"$"1""#);
        until_empty(&mut client);

        server.private_mut().kill();
        server.private_mut().restart().unwrap();
        let mut client = server.client();
        until("functions of before", || {
            let registrations = client.registrations();
            (registrations.len() == 5).then_some(())
        });
        person(&mut client, "person:1", "2");
        until_rows(&database, HISTORY, "1|1\n1|2\n");
        assert_eq!(ask!(client, "GET", "writes"), r#"$"2""#);
    });
}

#[test]
fn a_recipe_comes_before_cmd_or_is_told_what_to_do() {
    on_each(|database| {
        let mut server = TestServer::of(offline());
        let mut client = server.client();
        let read = "GB('ShardsIDReader').map(lambda _: cmd.get('none')).run()";
        assert_eq!(client.execute(read), r#"[[$"None"], []]"#);
        let refused = try_install(&mut client, &database, BEHIND);
        assert!(
            refused.contains("redis 4.6.0 is asked for, but this server uses redis"),
            "{refused}"
        );
        assert!(refused.contains("restart the server"), "{refused}");

        server.private_mut().kill();
        server.private_mut().restart().unwrap();
        let mut client = server.client();
        install(&mut client, &database, BEHIND);
        assert_eq!(client.execute(read), r#"[[$"None"], []]"#);
    });
}
