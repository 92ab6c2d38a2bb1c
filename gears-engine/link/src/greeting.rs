//! How a link begins: both ends prove that they know the secret, the other end first.

use gears_greeting::{Greeting, Me, PROTOCOL, Role, nonce, parse_nonce, parse_run};

use crate::connection::Connection;
use crate::failure::{Failure, Step, describe, no_answer, shorten};
use crate::link::Greeted;

/// Logs in, greets, and has both ends prove who they are.
///
/// # Errors
///
/// What the peer refuses or does not know, and what to do.
pub(crate) async fn greet(connection: &mut Connection, me: &Me) -> Result<Greeted, Failure> {
    login(connection).await?;
    let greeting = hello(connection, me).await?;
    let mut prove = redis::cmd("RG.HELLO");
    prove
        .arg("PROVE")
        .arg(greeting.proof(Role::Sender, &connection.access.secret)?);
    let (last, window) = connection.ask(Step::Prove, &prove).await?;
    Ok(Greeted {
        run: greeting.receiver.run,
        protocol: greeting.protocol,
        last,
        window,
    })
}

async fn login(connection: &mut Connection) -> Result<(), Failure> {
    let Some((user, password)) = &connection.access.login else {
        return Ok(());
    };
    let mut auth = redis::cmd("AUTH");
    if !user.is_empty() {
        auth.arg(user);
    }
    auth.arg(password);
    connection.ask(Step::Login, &auth).await
}

/// Says who this shard is, and has the other one prove itself.
async fn hello(connection: &mut Connection, me: &Me) -> Result<Greeting, Failure> {
    let sender_nonce = nonce()?;
    let mut hello = redis::cmd("RG.HELLO");
    hello
        .arg(PROTOCOL)
        .arg(me.id.as_str())
        .arg(&me.run)
        .arg(&sender_nonce);
    let (protocol, id, run, receiver_nonce, proof): (u64, String, String, String, String) =
        connection.ask(Step::Hello, &hello).await?;
    let peer = &connection.peer;
    if !(1..=PROTOCOL).contains(&protocol) {
        return Err(Failure::refusal(format!(
            "{} wants protocol {protocol} of links, and this node knows 1 to {PROTOCOL}: load the \
             same version of the gears module on both",
            describe(peer)
        )));
    }
    if id != peer.id.as_str() {
        let id = shorten(&id.escape_default().to_string());
        return Err(format!(
            "at {} answers shard {id} and not {}: the map of the cluster is old, or two nodes are \
             behind one address; compare CLUSTER NODES on both",
            peer.address(),
            peer.id
        )
        .into());
    }
    let (Some(run), Some(receiver_nonce)) = (
        parse_run(run.as_bytes()),
        parse_nonce(receiver_nonce.as_bytes()),
    ) else {
        return Err(no_answer(Step::Hello, peer).into());
    };
    let greeting = Greeting {
        protocol,
        sender: me.clone(),
        receiver: Me { id: peer.id, run },
        sender_nonce,
        receiver_nonce,
    };
    if greeting.holds(Role::Receiver, &connection.access.secret, proof.as_bytes()) {
        return Ok(greeting);
    }
    Err(format!(
        "{} and this node do not share a secret (yet); it is told over the cluster bus, so look \
         whether CLUSTER NODES calls them connected. It is tried again",
        describe(peer)
    )
    .into())
}
