# Pyright and Pylance take the names of this file for names that are everywhere.
from gears import *
