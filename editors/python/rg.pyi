from redisgears import *
