"""The main job from end to end: the season's files to passports that are checked offline."""
