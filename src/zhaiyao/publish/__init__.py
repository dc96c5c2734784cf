"""Layouts: each turns a resolved digest into bytes. Pure; writing them somewhere is an outlet's work."""
