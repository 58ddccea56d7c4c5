package im.hongyan.architecture.wrong;

import im.hongyan.architecture.wrong.postcards.PostcardsFeature;

/** Correct: the list of features names them. */
public record Features(PostcardsFeature only) {}
