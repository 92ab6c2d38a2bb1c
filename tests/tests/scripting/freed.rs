//! What functions take of memory, and that it comes back.

use gears_tests::{Client, ask, until, valkey_server};

use super::{eval, load};

/// A library that notes its end, with many functions.
fn noted(functions: usize) -> String {
    format!(
        "class Noted:\n    def __del__(self): log('a library is gone')\n\
         noted = Noted()\n\
         def f(k, a): return noted and 1\n\
         for number in range({functions}): register_function('f%d' % number, f)"
    )
}

fn told(log: Option<String>) -> usize {
    log.unwrap_or_default().matches("a library is gone").count()
}

fn memory(client: &mut Client, name: &str) -> i64 {
    client.number("memory", name)
}

#[test]
fn a_library_is_freed_however_it_goes() {
    let server = valkey_server();
    let mut client = server.client();
    let mut gone = 0;
    // So many go in the background.
    for functions in [1, 1_000] {
        for way in [
            &["FUNCTION", "DELETE", "lib"][..],
            &["FUNCTION", "FLUSH", "SYNC"],
            &["FUNCTION", "FLUSH", "ASYNC"],
            &[
                "FUNCTION",
                "LOAD",
                "REPLACE",
                "#!python name=lib\nregister_function('g', print)",
            ],
        ] {
            load(&mut client, "lib", &noted(functions));
            assert_eq!(ask!(client, "FCALL", "f0", "0"), ":1");
            let words: Vec<&[u8]> = way.iter().map(|word| word.as_bytes()).collect();
            client.ask(&words);
            gone += 1;
            until("end of the library", || {
                (told(server.log()) == gone).then_some(())
            });
            assert_eq!(ask!(client, "FUNCTION", "FLUSH"), "+OK");
        }
    }
}

#[test]
fn functions_are_counted_and_taken_off_again() {
    let server = valkey_server();
    let mut client = server.client();
    let before = memory(&mut client, "used_memory_functions");
    let vm = memory(&mut client, "used_memory_vm_functions");
    let text = "x".repeat(100_000);
    load(
        &mut client,
        "lib",
        &format!("register_function('f', lambda k, a: '{text}')"),
    );
    assert!(memory(&mut client, "used_memory_functions") > before + 200_000);
    assert!(memory(&mut client, "used_memory_vm_functions") >= vm + 100_000);
    for how in ["SYNC", "ASYNC"] {
        assert_eq!(ask!(client, "FUNCTION", "FLUSH", how), "+OK");
        assert_eq!(memory(&mut client, "used_memory_functions"), before);
        assert_eq!(memory(&mut client, "used_memory_vm_functions"), vm);
    }
    let vm = memory(&mut client, "used_memory_vm_eval");
    assert_eq!(
        eval(&mut client, &format!("return len('{text}')")),
        ":100000"
    );
    assert!(memory(&mut client, "used_memory_vm_eval") >= vm + 100_000);
    assert_eq!(ask!(client, "SCRIPT", "FLUSH", "ASYNC"), "+OK");
    until("end of the scripts", || {
        (memory(&mut client, "used_memory_vm_eval") <= vm).then_some(())
    });
}

#[test]
fn the_server_frees_while_python_is_busy() {
    let server = valkey_server();
    let mut client = server.client();
    client.install(
        "def busy(r):\n    for i in range(3_000_000): pass\n    return 1\n\
         GB('CommandReader').map(busy).register(trigger='busy', mode='async_local')",
    );
    let mut other = server.client();
    let worker = std::thread::spawn(move || other.trigger("busy", &[]));
    for _ in 0..10 {
        load(&mut client, "lib", &noted(1_000));
        assert_eq!(ask!(client, "FUNCTION", "FLUSH", "ASYNC"), "+OK");
        assert_eq!(eval(&mut client, "return 1"), ":1");
        assert_eq!(ask!(client, "SCRIPT", "FLUSH", "ASYNC"), "+OK");
    }
    assert_eq!(worker.join().unwrap(), r#"[$"1"]"#);
    until("end of the libraries", || {
        (told(server.log()) == 10).then_some(())
    });
}
