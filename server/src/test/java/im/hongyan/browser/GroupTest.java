package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Several people in one conversation, and who may do what in it. */
class GroupTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void group_isCreated_mentionsOne_andTellsWhoHasRead() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo Li");
        Tab cy = browser.someone("Cy");
        ada.createGroup("Spring migration", bo, cy);
        assertThat(ada.the("note")).hasText("You created the group with Bo Li and Cy");
        assertThat(ada.the("chat-status")).hasText("3 members");

        ada.the("composer").pressSequentially("Ask @b");
        assertThat(ada.the("mention-option")).hasCount(1);
        assertThat(ada.the("mention-option")).hasAttribute("data-user", bo.user());
        ada.page().keyboard().press("Enter");
        assertThat(ada.the("composer")).hasValue("Ask @Bo Li ");
        ada.the("composer").pressSequentially("for the map.");
        ada.page().keyboard().press("Enter");

        assertThat(bo.row("Spring migration").getByTestId("preview"))
                .hasText("Mentioned you Ada: Ask @Bo Li for the map.");
        assertThat(cy.row("Spring migration").getByTestId("preview")).hasText("Ada: Ask @Bo Li for the map.");
        bo.open("Spring migration");
        assertThat(bo.message("Ask @Bo Li for the map.").locator(".mention.to-me"))
                .hasText("@Bo Li");
        assertThat(bo.the("note")).hasText("Ada created the group with you and Cy");

        assertThat(ada.message("Ask @Bo Li for the map.")).hasAttribute("data-state", "read");
        ada.choose("Ask @Bo Li for the map.", "menu-readers");
        Locator parts = ada.the("readers").locator("section");
        assertThat(parts).containsText(new String[] {"Read by 1", "Not yet read by 1"});
        assertThat(parts).containsText(new String[] {"Bo Li", "Cy"});
        cy.open("Spring migration");
        assertThat(parts).containsText(new String[] {"Read by 2"});
    }

    @Test
    void group_isRenamed_andGoverned_byOwnerAndAdmins() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        Tab cy = browser.someone("Cy");
        ada.createGroup("Geese", bo, cy);
        ada.say("Welcome.");
        bo.open("Geese");
        cy.open("Geese");

        bo.the("details-open").click();
        assertThat(bo.the("member")).hasCount(3);
        assertThat(bo.the("rename-group")).hasCount(0);
        ada.the("details-open").click();
        menu(ada, bo, "member-admin");
        assertThat(bo.the("note").last()).hasText("Ada made you an admin");
        cy.the("details-open").click();
        assertThat(member(cy, bo)).hasAttribute("data-role", "admin");

        bo.the("rename-group").click();
        bo.the("rename-input").fill("Wild geese");
        bo.the("rename-submit").click();
        for (Tab tab : new Tab[] {ada, bo, cy}) {
            assertThat(tab.the("chat-title")).hasText("Wild geese");
            assertThat(tab.row("Wild geese")).isVisible();
        }
        assertThat(cy.the("note").last()).hasText("Bo renamed the group “Wild geese”");

        menu(bo, cy, "member-remove");
        bo.the("confirm").click();
        assertThat(ada.the("note").last()).hasText("Bo removed Cy");
        assertThat(cy.page().getByText("You are no longer in this group.")).isVisible();
        assertThat(cy.the("composer")).not().isVisible();
        bo.say("Cy is gone.");
        assertThat(ada.message("Cy is gone.")).isVisible();
        assertThat(cy.message("Welcome.")).isVisible();
        cy.page().reload();
        assertThat(cy.message("Welcome.")).isVisible();
        assertThat(cy.page().content()).doesNotContain("Cy is gone.");
    }

    @Test
    void member_isAdded_seesWhatComesAfter_andTheOwnerLeaves() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        Tab dee = browser.someone("Dee");
        ada.createGroup("Geese", bo);
        ada.say("Before Dee.");
        bo.open("Geese");

        ada.the("details-open").click();
        ada.the("add-members").click();
        ada.the("new-group-username").fill(dee.account().username());
        ada.the("add-members-submit").click();
        assertThat(ada.the("member")).hasCount(3);
        assertThat(bo.the("note").last()).hasText("Ada added Dee");
        ada.say("Hello Dee!");
        dee.open("Geese");
        assertThat(dee.message("Hello Dee!")).isVisible();
        assertThat(dee.texts()).hasText(new String[] {"Hello Dee!"});

        ada.the("leave-group").click();
        ada.the("confirm").click();
        assertThat(ada.page().getByText("You are no longer in this group.")).isVisible();
        assertThat(bo.the("note").last()).containsText("Ada left the group");
        bo.say("So long, Ada.");
        assertThat(dee.message("So long, Ada.")).isVisible();
        assertThat(ada.page().content()).doesNotContain("So long, Ada.");
        assertThat(bo.the("chat-status")).hasText("2 members");
    }

    private static Locator member(Tab tab, Tab whom) {
        return tab.page().locator("[data-testid=member][data-user='" + whom.user() + "']");
    }

    private static void menu(Tab tab, Tab whom, String choice) {
        member(tab, whom).getByTestId("member-menu").click();
        tab.the(choice).click();
    }
}
