import { Page } from "@/app/page";
import { TabPanel, Tabs } from "@/components/ui";
import { EnvironmentsTab } from "@/features/environments/environments-tab";
import { FeedbackDefinitionsTab } from "@/features/feedback-definitions/feedback-definitions-tab";
import { RetentionTab } from "@/features/retention/retention-tab";
import { useSetUrlQuery, useUrlState, wordCodec } from "@/lib/url-state";
import { PreferencesTab } from "./preferences-tab";

const TABS = ["feedback-definitions", "environments", "retention", "workspace-preferences"] as const;
const tabCodec = wordCodec(TABS);

/** What holds for a whole workspace. */
export function ConfigurationPage() {
  const [tab] = useUrlState("tab", tabCodec, "feedback-definitions");
  const setQuery = useSetUrlQuery();
  return (
    <Page title="Configuration" isFull>
      <Tabs
        value={tab}
        onValueChange={(value) => setQuery({ tab: value, search: undefined, type: undefined, columns: undefined, inactive: undefined })}
        className="flex-1"
        listClassName="bg-surface px-4 pt-1 max-md:px-3"
        tabs={[
          { value: "feedback-definitions", label: "Feedback definitions" },
          { value: "environments", label: "Environments" },
          { value: "retention", label: "Retention" },
          { value: "workspace-preferences", label: "Preferences" },
        ]}
      >
        <TabPanel value="feedback-definitions">
          <FeedbackDefinitionsTab />
        </TabPanel>
        <TabPanel value="environments" className="overflow-y-auto p-6 max-md:p-4">
          <EnvironmentsTab />
        </TabPanel>
        <TabPanel value="retention" className="overflow-y-auto p-6 max-md:p-4">
          <RetentionTab />
        </TabPanel>
        <TabPanel value="workspace-preferences" className="overflow-y-auto p-6 max-md:p-4">
          <PreferencesTab />
        </TabPanel>
      </Tabs>
    </Page>
  );
}
