//! What happens to the server as a whole.

use std::os::raw::c_void;

use crate::{Context, Loading, LogLevel, after_command, api, dump, log, raw};
use crate::{boundary, held};

const ROLE_CHANGED: raw::RedisModuleEvent = raw::RedisModuleEvent {
    id: raw::REDISMODULE_EVENT_REPLICATION_ROLE_CHANGED,
    dataver: 1,
};

const LOADING: raw::RedisModuleEvent = raw::RedisModuleEvent {
    id: raw::REDISMODULE_EVENT_LOADING,
    dataver: 1,
};

const MODULE_CHANGE: raw::RedisModuleEvent = raw::RedisModuleEvent {
    id: raw::REDISMODULE_EVENT_MODULE_CHANGE,
    dataver: 1,
};

/// What becomes of what happens to the server as a whole.
pub trait ServerEvents {
    /// The server is about to load other data.
    fn begin_loading(context: &Context);

    /// All data are loaded.
    fn end_loading(context: &Context);

    /// What was to be loaded did not come whole, and the server may have kept the
    /// data that it had.
    fn loading_failed(context: &Context);

    /// The server was a replica, and is a primary now.
    fn became_master(context: &Context);
}

impl Loading<'_> {
    /// Has the server tell us when it loads data, when its role changes and when
    /// modules come and go.
    pub fn server_events<E: ServerEvents>(&self) {
        // SAFETY: the context is live and the callbacks live as long as the
        // module.
        unsafe {
            api!(RedisModule_SubscribeToServerEvent(
                self.0.raw(),
                ROLE_CHANGED,
                Some(role_changed::<E>)
            ));
            api!(RedisModule_SubscribeToServerEvent(
                self.0.raw(),
                LOADING,
                Some(loading::<E>)
            ));
            api!(RedisModule_SubscribeToServerEvent(
                self.0.raw(),
                MODULE_CHANGE,
                Some(modules_changed)
            ));
        }
    }
}

unsafe extern "C" fn role_changed<E: ServerEvents>(
    context: *mut raw::RedisModuleCtx,
    _: raw::RedisModuleEvent,
    role: u64,
    _: *mut c_void,
) {
    shielded(context, |context| {
        if role == raw::REDISMODULE_EVENT_REPLROLECHANGED_NOW_MASTER {
            E::became_master(context);
        }
    });
}

unsafe extern "C" fn loading<E: ServerEvents>(
    context: *mut raw::RedisModuleCtx,
    _: raw::RedisModuleEvent,
    stage: u64,
    _: *mut c_void,
) {
    dump::note_loading(stage == raw::REDISMODULE_SUBEVENT_LOADING_RDB_START);
    shielded(context, |context| match stage {
        raw::REDISMODULE_SUBEVENT_LOADING_RDB_START
        | raw::REDISMODULE_SUBEVENT_LOADING_AOF_START
        | raw::REDISMODULE_SUBEVENT_LOADING_REPL_START => E::begin_loading(context),
        raw::REDISMODULE_SUBEVENT_LOADING_ENDED => E::end_loading(context),
        raw::REDISMODULE_SUBEVENT_LOADING_FAILED => E::loading_failed(context),
        _ => {}
    });
}

unsafe extern "C" fn modules_changed(
    _: *mut raw::RedisModuleCtx,
    _: raw::RedisModuleEvent,
    _: u64,
    _: *mut c_void,
) {
    after_command::note_modules_changed();
}

fn shielded(context: *mut raw::RedisModuleCtx, work: impl FnOnce(&Context)) {
    let done = boundary::shield(|| {
        // SAFETY: the server calls this with its lock held and a live context.
        let context = unsafe { Context::new(context) };
        let _held = held::enter(&context);
        work(&context);
    });
    if let Err(panic) = done {
        log(LogLevel::Warning, &panic);
    }
}
