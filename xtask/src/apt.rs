//! Installs with apt-get, as root or through sudo.

use std::io::IsTerminal;
use std::process::Command;

use crate::Result;
use crate::need::Need;
use crate::process;

/// How to become root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Privilege {
    Root,
    Sudo,
}

impl Privilege {
    /// Tells whether packages can be installed here, and how.
    pub(crate) fn of_this_user() -> Option<Self> {
        let id = process::capture(Command::new("id").arg("-u"));
        if id.is_ok_and(|id| id.trim() == "0") {
            return Some(Self::Root);
        }
        process::find_program("sudo")?;
        let silent = process::capture(Command::new("sudo").args(["-n", "true"])).is_ok();
        // Somebody must be there to type the password.
        (silent || std::io::stdin().is_terminal()).then_some(Self::Sudo)
    }
}

/// Tells whether this machine has apt-get.
pub(crate) fn is_here() -> bool {
    process::find_program("apt-get").is_some()
}

/// Installs what is needed, after saying so.
pub(crate) fn install(privilege: Privilege, needs: &[Need]) -> Result {
    let packages: Vec<_> = needs.iter().flat_map(|need| need.apt_packages()).collect();
    let names: Vec<_> = packages.iter().map(|name| **name).collect();
    eprintln!(
        "set-up: installing {} with apt-get{}, about {} s …",
        names.join(" "),
        match privilege {
            Privilege::Root => "",
            Privilege::Sudo => " through sudo",
        },
        10 + 15 * needs.len() + if needs.contains(&Need::Clang) { 30 } else { 0 },
    );
    process::quietly(&mut apt_get(privilege, &["update", "-qq"]))?;
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(names);
    process::quietly(&mut apt_get(privilege, &arguments))
}

fn apt_get(privilege: Privilege, arguments: &[&str]) -> Command {
    // sudo drops the environment, `env` behind it sets what is needed.
    let mut words = match privilege {
        Privilege::Root => vec![],
        Privilege::Sudo => vec!["sudo"],
    };
    words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    words.extend(["-o", "DPkg::Lock::Timeout=120"]);
    words.extend(arguments);
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &Command) -> Vec<String> {
        std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn root_needs_no_sudo() {
        let words = words(&apt_get(Privilege::Root, &["update"]));
        assert_eq!(
            words[..3],
            ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
        );
        assert_eq!(words.last().unwrap(), "update");
    }

    #[test]
    fn sudo_stands_before_the_environment() {
        let words = words(&apt_get(Privilege::Sudo, &["update"]));
        assert_eq!(words[..2], ["sudo", "env"]);
    }
}
