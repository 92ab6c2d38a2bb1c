# The body of the gear `divide_in_file`; its first line is line 1 of this file.
def inner(number):
    return 10 // number


if number == 13:
    raise KeyError("thirteen")
return inner(number)
