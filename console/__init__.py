"""The console: where agents work. NiceGUI pages over use cases that know no NiceGUI."""
