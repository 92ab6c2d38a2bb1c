//! What the shell is told when somebody presses Tab.

use gears_tests::TestServer;

use crate::tool::Tool;

/// Asks as the shell does: with the words of the line, and which of them is being typed.
fn complete(tool: &Tool, words: &[&str]) -> Vec<String> {
    let mut all = vec!["--", "gears"];
    all.extend(words);
    let output = tool
        .command(all)
        .env("COMPLETE", "bash")
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("_CLAP_COMPLETE_SPACE", "false")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn ids_and_names_come_from_the_server() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let script = "GB('CommandReader').register(trigger='echo')\nGB().register('person:*')";
    tool.feed(["run", "-", "--id", "both"], script).good();
    assert_eq!(complete(&tool, &["show", "e"]), ["echo"]);
    assert_eq!(complete(&tool, &["trigger", ""])[0], "echo");
    assert!(complete(&tool, &["unregister", ""]).contains(&"person:*".to_owned()));
    assert_eq!(complete(&tool, &["sessions", "b"]), ["both"]);
    tool.feed(["run", "-", "--unblocking"], "GB('ShardsIDReader').run()")
        .good();
    let ids = complete(&tool, &["results", ""]);
    assert!(ids.iter().any(|id| id.parse::<u64>().is_ok()), "{ids:?}");
    // The server of the line that is typed.
    let nowhere = Tool::nowhere();
    assert_eq!(
        complete(&nowhere, &["-u", server.url(), "show", "e"]),
        ["echo"]
    );
    assert_eq!(
        complete(&nowhere, &["show", "-u", server.url(), "e"]),
        ["echo"]
    );
}

#[test]
fn server_that_is_not_there_completes_nothing() {
    let tool = Tool::nowhere().env("GEARS_SOCKET", "/no/such.sock");
    assert!(complete(&tool, &["show", "e"]).is_empty());
    assert_eq!(complete(&tool, &["rest"]), ["restore"]);
    assert!(complete(&tool, &["restore", "--policy", ""]).contains(&"flush".to_owned()));
    assert_eq!(
        complete(&tool, &["config", "MaxExecutionsP"]),
        ["MaxExecutionsPerRegistration"]
    );
}

#[test]
fn shells_get_their_scripts() {
    let tool = Tool::nowhere();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = tool.call(["completions", shell]).good();
        assert!(script.contains("COMPLETE"), "{shell}: {script}");
    }
    tool.call(["completions", "tcsh"]).bad(2, &["bash"]);
}
