"""What a function reads of the record that it is given, as far as its code tells."""

import dis
import types

# By these a function comes at its variables without naming them.
WINDOWS = {"_getframe", "breakpoint", "currentframe", "dir", "eval", "exec", "locals", "set_trace", "vars"}

# What the scripts of gears-runtime call with the record, and never bind anew.
GEAR = "_gear_function"

# A function with one of these goes on after it has returned.
GOES_ON = 0x20 | 0x80 | 0x100 | 0x200


def members_read(function, place=0):
    """Returns the names of the members that the function reads of its record by
    `record["name"]`, and None where it may do more with the record than that; `place` is
    that of the record among its arguments."""
    if type(function) is not types.FunctionType:
        return None
    code = function.__code__
    if code.co_argcount <= place or code.co_flags & GOES_ON or WINDOWS.intersection(code.co_names):
        return None
    record = code.co_varnames[place]
    if record in code.co_cellvars:
        return None
    members = set()
    steps = [step for step in dis.get_instructions(code) if step.opname not in ("CACHE", "NOP")]
    for at, step in enumerate(steps):
        if step.opcode not in dis.haslocal:
            continue
        locals_named = step.argval if isinstance(step.argval, tuple) else (step.argval,)
        if record not in locals_named:
            continue
        behind = [step for step in steps[at + 1 : at + 4] if step.opname != "PRECALL"]
        if at and is_call_of_gear(steps[at - 1], step, behind[0]):
            of_gear = members_read(function.__globals__.get(GEAR))
            if of_gear is None:
                return None
            members |= of_gear
            continue
        # Several are loaded at once by some versions, of which the last one is asked for its member.
        if (
            not step.opname.startswith("LOAD_FAST")
            or record in locals_named[:-1]
            or behind[0].opname != "LOAD_CONST"
            or type(behind[0].argval) is not str
            or not is_subscript(behind[1])
        ):
            return None
        members.add(behind[0].argval)
    return members


def is_subscript(step):
    """Says whether an instruction takes a member of an object."""
    return step.opname == "BINARY_SUBSCR" or step.opname == "BINARY_OP" and step.argrepr == "[]"


def is_call_of_gear(before, step, behind):
    """Says whether a variable is the one argument of the function of a gear."""
    return (
        before.opname == "LOAD_GLOBAL"
        and before.argval == GEAR
        and step.opname.startswith("LOAD_FAST")
        and behind.opname in ("CALL", "CALL_FUNCTION")
        and behind.arg == 1
    )
