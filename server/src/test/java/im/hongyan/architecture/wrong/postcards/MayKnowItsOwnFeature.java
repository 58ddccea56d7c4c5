package im.hongyan.architecture.wrong.postcards;

/** Correct: a class of the feature. */
public record MayKnowItsOwnFeature(PostcardsFeature feature) {}
