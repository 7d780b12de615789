"""What somebody is making in the wizard, kept between their machines until it is saved, without what is secret."""
