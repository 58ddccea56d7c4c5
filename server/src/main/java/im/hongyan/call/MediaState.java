package im.hongyan.call;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** What a participant sends, as the participant says. */
@JsonIgnoreProperties(ignoreUnknown = true)
record MediaState(boolean microphone, boolean camera, boolean screen, boolean hand) {
    /** At the start or a join. An absent microphone is on; an absent camera is on in a video call. */
    static MediaState initial(CallMedia call, Boolean microphone, Boolean camera) {
        return new MediaState(
                microphone == null || microphone, camera == null ? call == CallMedia.VIDEO : camera, false, false);
    }

    /** With the changes that are not null. */
    MediaState with(Boolean newMicrophone, Boolean newCamera, Boolean newScreen, Boolean newHand) {
        return new MediaState(
                newMicrophone == null ? microphone : newMicrophone,
                newCamera == null ? camera : newCamera,
                newScreen == null ? screen : newScreen,
                newHand == null ? hand : newHand);
    }
}
